package dev.parley.config;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.parley.model.Configuration;
import dev.parley.model.GrpcMatch;
import dev.parley.model.PathMatch;
import dev.parley.model.Problem;
import dev.parley.model.Route;
import dev.parley.model.ValueMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Checks that regular expressions are of RE2's syntax. Not in the model, which knows no library. The engine runs in
 * linear time and bounds repetitions to 1000, so that neither a request nor a configuration can make it run away.
 */
final class Regexes {
    private Regexes() {}

    static List<Problem> check(Configuration configuration) {
        List<Problem> problems = new ArrayList<>();
        configuration.routes().forEach((name, route) -> route(name, route, problems));
        return problems;
    }

    private static void route(String name, Route route, List<Problem> problems) {
        String path = "routes." + name;
        if (route.path() instanceof PathMatch.Regex(String text)) {
            regex(path + ".path.regex", text, problems);
        }
        route.grpc().filter(grpc -> grpc.type() == GrpcMatch.Type.REGEX).ifPresent(grpc -> {
            grpc.service().ifPresent(text -> regex(path + ".grpc.service", text, problems));
            grpc.method().ifPresent(text -> regex(path + ".grpc.method", text, problems));
        });
        values(path + ".headers", route.headers(), problems);
        values(path + ".query", route.query(), problems);
    }

    private static void values(String path, Map<String, ValueMatch> matches, List<Problem> problems) {
        matches.forEach((name, match) -> {
            if (match instanceof ValueMatch.Regex(String text)) {
                regex(path + "." + name + ".regex", text, problems);
            }
        });
    }

    private static void regex(String path, String text, List<Problem> problems) {
        try {
            Pattern.compile(text);
        } catch (PatternSyntaxException e) {
            problems.add(new Problem(
                    "bad-regex",
                    path,
                    "'%s' is not a regular expression: %s.".formatted(text, e.getDescription()),
                    "The syntax is RE2's, which has no look-around and no back-references, so that matching takes linear time.",
                    "See https://github.com/google/re2/wiki/Syntax."));
        }
    }
}
