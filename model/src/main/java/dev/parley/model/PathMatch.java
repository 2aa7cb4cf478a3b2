package dev.parley.model;

import java.util.List;
import java.util.stream.Stream;

/** How a request's path is matched. All but {@link Regex} compare whole segments, case-sensitively. */
public sealed interface PathMatch {
    /** The path as the user wrote it. */
    String text();

    /** This path and all below it: {@code /pay} matches {@code /pay} and {@code /pay/1}, not {@code /payments}. */
    record Prefix(String text) implements PathMatch {
        public Prefix {
            requirePath(text);
        }
    }

    /** This path alone. */
    record Exact(String text) implements PathMatch {
        public Exact {
            requirePath(text);
        }
    }

    /** A path whose segments in braces match any one segment that is not empty: {@code /orders/{id}/items}. */
    record Template(String text) implements PathMatch {
        public Template {
            requirePath(text);
            for (String segment : segments(text)) {
                boolean variable = segment.matches("\\{[A-Za-z_][A-Za-z0-9_]*}");
                if (!variable && (segment.indexOf('{') >= 0 || segment.indexOf('}') >= 0)) {
                    throw new IllegalArgumentException(
                            "'%s': a variable is a whole segment in braces: /orders/{id}.".formatted(text));
                }
            }
            List<String> names =
                    segments(text).stream().filter(s -> s.startsWith("{")).toList();
            if (names.stream().distinct().count() != names.size()) {
                throw new IllegalArgumentException("'%s' has a variable twice.".formatted(text));
            }
        }
    }

    /** The whole path matches a regular expression of RE2's syntax, which runs in linear time. */
    record Regex(String text) implements PathMatch {
        public Regex {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("The regex is empty.");
            }
        }
    }

    /** The short form: a template where it has braces, else a prefix. */
    @FromText
    static PathMatch parse(String text) {
        return text.indexOf('{') >= 0 ? new Template(text) : new Prefix(text);
    }

    private static List<String> segments(String path) {
        return Stream.of(path.substring(1).split("/", -1)).toList();
    }

    private static void requirePath(String text) {
        if (!text.startsWith("/") || text.chars().anyMatch(c -> c <= ' ' || c > '~' || c == '?' || c == '#')) {
            throw new IllegalArgumentException(
                    "'%s' is not a path. It starts with / and has no query, spaces or other than ASCII."
                            .formatted(text));
        }
    }
}
