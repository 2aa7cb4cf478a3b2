package dev.parley.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the Prometheus text format, version 0.0.4, which {@code /metrics} speaks: lines of a name, labels in braces, and
 * a value. Comments, and what does not parse, are passed over: a family that the demo does not know is none of its
 * business.
 */
final class MetricsText {
    private MetricsText() {}

    /** One line. */
    record Sample(String name, Map<String, String> labels, double value) {
        String label(String key) {
            return labels.getOrDefault(key, "");
        }
    }

    /** All samples whose name begins with a prefix, in the order of the text. */
    static List<Sample> parse(String text, String prefix) {
        List<Sample> samples = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (line.startsWith(prefix)) {
                parseLine(line, samples);
            }
        }
        return samples;
    }

    private static void parseLine(String line, List<Sample> into) {
        int brace = line.indexOf('{');
        int nameEnd = brace >= 0 ? brace : line.indexOf(' ');
        if (nameEnd < 0) {
            return;
        }
        Map<String, String> labels = new HashMap<>();
        int at = brace >= 0 ? parseLabels(line, brace + 1, labels) : nameEnd;
        if (at < 0) {
            return;
        }
        try {
            String[] valueAndTime = line.substring(at).strip().split(" ", 2);
            into.add(new Sample(line.substring(0, nameEnd), labels, value(valueAndTime[0])));
        } catch (NumberFormatException notASample) {
            // Passed over, as said above.
        }
    }

    /** Reads labels up to the closing brace; answers the position after it, or -1 where there is none. */
    private static int parseLabels(String line, int from, Map<String, String> into) {
        int at = from;
        while (at < line.length() && line.charAt(at) != '}') {
            int equals = line.indexOf("=\"", at);
            if (equals < 0) {
                return -1;
            }
            String key = line.substring(at, equals).strip();
            StringBuilder value = new StringBuilder();
            at = equals + 2;
            while (at < line.length() && line.charAt(at) != '"') {
                at = unescape(line, at, value);
            }
            into.put(key, value.toString());
            at++;
            if (at < line.length() && line.charAt(at) == ',') {
                at++;
            }
        }
        return at < line.length() ? at + 1 : -1;
    }

    private static int unescape(String line, int at, StringBuilder value) {
        char c = line.charAt(at);
        if (c != '\\' || at + 1 == line.length()) {
            value.append(c);
            return at + 1;
        }
        char escaped = line.charAt(at + 1);
        value.append(escaped == 'n' ? '\n' : escaped);
        return at + 2;
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }
}
