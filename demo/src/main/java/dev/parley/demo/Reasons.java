package dev.parley.demo;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why endpoints are not up, as {@code /status} says. */
final class Reasons {
    /** An expression does for three fields that stand side by side in an answer that this release itself writes. */
    private static final Pattern ENDPOINT =
            Pattern.compile("\"address\":\"([^\"]*)\",\"state\":\"[^\"]*\",\"reason\":\"((?:[^\"\\\\]|\\\\.)*)\"");

    private Reasons() {}

    /** The reason by the endpoint's address, of those that have one. */
    static Map<String, String> parse(String status) {
        Map<String, String> reasons = new HashMap<>();
        for (Matcher endpoint = ENDPOINT.matcher(status); endpoint.find(); ) {
            if (!endpoint.group(2).isEmpty()) {
                reasons.put(endpoint.group(1), endpoint.group(2));
            }
        }
        return reasons;
    }
}
