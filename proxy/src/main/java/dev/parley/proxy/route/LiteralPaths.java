package dev.parley.proxy.route;

import com.google.re2j.Pattern;
import dev.parley.wire.head.RequestHead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A trie over path segments for the paths that have no variables: exact paths and prefixes are kept at the node of their
 * last segment, regexes at that of the literal segments that they begin with.
 *
 * <p>Each node knows the prefixes and the regexes of the nodes above it, so that the node where a path leaves the trie
 * has all that there is to ask.
 */
final class LiteralPaths<T> {
    /** Segments of a configured path, at most. Building the trie recurses this deep. */
    static final int MAX_SEGMENTS = 128;

    /** Regexes that one path may have to be tried against, at most. */
    static final int MAX_REGEXES = 64;

    private final Node<T> root;

    private LiteralPaths(Node<T> root) {
        this.root = root;
    }

    /** The node that is reached by the most segments of a path; the root where it has none. */
    Node<T> walk(byte[] bytes, int from, int to) {
        Node<T> node = root;
        for (int slash = from; slash < to; ) {
            int end = ByteScan.indexOf(bytes, slash + 1, to, '/');
            Node<T> child = node.child(bytes, slash + 1, end);
            if (child == null) {
                return node;
            }
            node = child;
            slash = end;
        }
        return node;
    }

    /** What is configured for a path and, in so far as it covers what is below, for the paths above it. */
    static final class Node<T> {
        private final int length;
        private final @Nullable ByteTable<Node<T>> children;
        private final @Nullable RuleSet<T> exact;
        private final @Nullable Prefixes<T> prefixes;
        private final List<RegexRule<T>> regexes;

        private Node(
                int length,
                @Nullable ByteTable<Node<T>> children,
                @Nullable RuleSet<T> exact,
                @Nullable Prefixes<T> prefixes,
                List<RegexRule<T>> regexes) {
            this.length = length;
            this.children = children;
            this.exact = exact;
            this.prefixes = prefixes;
            this.regexes = regexes;
        }

        /** Of the path from the root to here, in bytes, each segment with the slash before it. */
        int length() {
            return length;
        }

        @Nullable
        Node<T> child(byte[] bytes, int from, int to) {
            return children == null ? null : children.get(bytes, from, to);
        }

        @Nullable
        Rule<T> matchExact(RequestHead head) {
            return exact == null ? null : exact.match(head);
        }

        /** The one with the lowest rank, for which they are sorted. The regex itself is tried last, as it costs most. */
        @Nullable
        Rule<T> matchRegex(RequestHead head, byte[] bytes, int from, int to) {
            byte[] path = null;
            for (int i = 0; i < regexes.size(); i++) {
                RegexRule<T> candidate = regexes.get(i);
                if (candidate.rule.holds(head)) {
                    path = path == null ? Arrays.copyOfRange(bytes, from, to) : path;
                    if (candidate.pattern.matches(path)) {
                        return candidate.rule;
                    }
                }
            }
            return null;
        }

        /** Of the longest prefix that has a rule which the request meets. */
        @Nullable
        Rule<T> matchPrefix(RequestHead head) {
            for (Prefixes<T> at = prefixes; at != null; at = at.shorter) {
                Rule<T> found = at.rules.match(head);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
    }

    private record Prefixes<T>(RuleSet<T> rules, @Nullable Prefixes<T> shorter) {}

    private record RegexRule<T>(Pattern pattern, Rule<T> rule) {}

    /** What is known of a node while routes are still added. */
    private static final class Branch<T> {
        final Map<String, Branch<T>> children = new LinkedHashMap<>();
        final List<Rule<T>> exact = new ArrayList<>();
        final List<Rule<T>> prefix = new ArrayList<>();
        final List<RegexRule<T>> regexes = new ArrayList<>();
    }

    static final class Builder<T> {
        private final Branch<T> root = new Branch<>();

        void exact(List<String> segments, Rule<T> rule) {
            branch(segments).exact.add(rule);
        }

        void prefix(List<String> segments, Rule<T> rule) {
            branch(segments).prefix.add(rule);
        }

        void regex(String text, Rule<T> rule) {
            Pattern pattern = Regexes.compile(text);
            String literal = Regexes.literalSegments(text);
            branch(literal.isEmpty() ? List.of() : PathBytes.segments(literal))
                    .regexes
                    .add(new RegexRule<>(pattern, rule));
        }

        LiteralPaths<T> build(RouteProblems problems, Seeds seeds) {
            return new LiteralPaths<>(node(root, 0, null, List.of(), problems, seeds));
        }

        private Branch<T> branch(List<String> segments) {
            if (segments.size() > MAX_SEGMENTS) {
                throw new IllegalArgumentException(
                        "The path has %d segments; at most %d are allowed.".formatted(segments.size(), MAX_SEGMENTS));
            }
            Branch<T> branch = root;
            for (String segment : segments) {
                branch = branch.children.computeIfAbsent(segment, key -> new Branch<>());
            }
            return branch;
        }

        private Node<T> node(
                Branch<T> branch,
                int length,
                @Nullable Prefixes<T> above,
                List<RegexRule<T>> regexesAbove,
                RouteProblems problems,
                Seeds seeds) {
            Prefixes<T> prefixes =
                    branch.prefix.isEmpty() ? above : new Prefixes<>(RuleSet.of(branch.prefix, problems, seeds), above);
            List<RegexRule<T>> regexes = regexes(branch.regexes, regexesAbove, problems);
            Map<String, Node<T>> children = new LinkedHashMap<>();
            branch.children.forEach((segment, child) -> children.put(
                    segment, node(child, length + 1 + segment.length(), prefixes, regexes, problems, seeds)));
            return new Node<>(
                    length,
                    children.isEmpty() ? null : ByteTable.of(children, seeds),
                    branch.exact.isEmpty() ? null : RuleSet.of(branch.exact, problems, seeds),
                    prefixes,
                    regexes);
        }

        private List<RegexRule<T>> regexes(List<RegexRule<T>> own, List<RegexRule<T>> above, RouteProblems problems) {
            if (own.isEmpty()) {
                return above;
            }
            List<RegexRule<T>> all = Stream.concat(own.stream(), above.stream())
                    .sorted(Comparator.comparingInt(regex -> regex.rule.rank()))
                    .toList();
            if (all.size() > MAX_REGEXES && above.size() <= MAX_REGEXES) {
                problems.tooMany(
                        own.getLast().rule.name(),
                        "path",
                        "%d regexes would have to be tried for one path.".formatted(all.size()),
                        "They are tried one by one; at most %d are allowed.".formatted(MAX_REGEXES),
                        "Begin them with literal segments of their own, as in /orders/[0-9]+, or use templates.");
            }
            return all;
        }
    }
}
