package dev.parley.proxy.route;

import dev.parley.wire.head.RequestHead;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A trie over the segments of templates, in which a variable is a child of its own kind. Of two templates that match, the
 * one with the leftmost literal segment is the more specific, so literals are followed first, and variables where those
 * led to nothing.
 *
 * <p>Where both go on, a path is followed both ways; {@link #MAX_WAYS} bounds how often that can multiply.
 */
final class TemplatePaths<T> {
    /** Ways through the trie that one path may have to be followed, at most. */
    static final int MAX_WAYS = 64;

    private final Node<T> root;

    private TemplatePaths(Node<T> root) {
        this.root = root;
    }

    @Nullable
    Rule<T> match(RequestHead head, byte[] bytes, int from, int to) {
        return match(root, head, bytes, from, to);
    }

    /** Recurses no deeper than the longest template has segments. */
    private static <T> @Nullable Rule<T> match(Node<T> node, RequestHead head, byte[] bytes, int slash, int to) {
        if (slash == to) {
            return node.rules == null ? null : node.rules.match(head);
        }
        int end = ByteScan.indexOf(bytes, slash + 1, to, '/');
        Node<T> literal = node.literals == null ? null : node.literals.get(bytes, slash + 1, end);
        Rule<T> found = literal == null ? null : match(literal, head, bytes, end, to);
        if (found == null && node.variable != null && end > slash + 1) {
            found = match(node.variable, head, bytes, end, to);
        }
        return found;
    }

    private record Node<T>(
            @Nullable ByteTable<Node<T>> literals,
            @Nullable Node<T> variable,
            @Nullable RuleSet<T> rules) {}

    private static final class Branch<T> {
        final Map<String, Branch<T>> literals = new LinkedHashMap<>();
        final List<Rule<T>> rules = new ArrayList<>();

        @Nullable
        Branch<T> variable;

        /** In how many ways one path may have to be followed from here, at worst. */
        long ways() {
            long literal =
                    literals.values().stream().mapToLong(Branch::ways).max().orElse(0);
            long variableWays = variable == null ? 0 : variable.ways();
            return Math.max(1, Math.min(literal + variableWays, Integer.MAX_VALUE));
        }
    }

    static final class Builder<T> {
        private final Branch<T> root = new Branch<>();
        private @Nullable Rule<T> last;

        void add(List<String> segments, Rule<T> rule) {
            if (segments.size() > LiteralPaths.MAX_SEGMENTS) {
                throw new IllegalArgumentException("The path has %d segments; at most %d are allowed."
                        .formatted(segments.size(), LiteralPaths.MAX_SEGMENTS));
            }
            Branch<T> branch = root;
            for (String segment : segments) {
                branch = segment.startsWith("{")
                        ? variable(branch)
                        : branch.literals.computeIfAbsent(segment, key -> new Branch<>());
            }
            branch.rules.add(rule);
            last = rule;
        }

        boolean isEmpty() {
            return last == null;
        }

        TemplatePaths<T> build(RouteProblems problems, Seeds seeds) {
            long ways = root.ways();
            if (last != null && ways > MAX_WAYS) {
                problems.tooMany(
                        last.name(),
                        "path",
                        "The templates of this host overlap so that a path may have to be followed in %d ways."
                                .formatted(ways),
                        "That happens where many have a variable in a place where others have a literal; at most %d"
                                        .formatted(MAX_WAYS)
                                + " ways are allowed.",
                        "Begin the templates with literal segments of their own.");
            }
            return new TemplatePaths<>(node(root, problems, seeds));
        }

        private static <T> Branch<T> variable(Branch<T> branch) {
            if (branch.variable == null) {
                branch.variable = new Branch<>();
            }
            return branch.variable;
        }

        private static <T> Node<T> node(Branch<T> branch, RouteProblems problems, Seeds seeds) {
            Map<String, Node<T>> literals = new LinkedHashMap<>();
            branch.literals.forEach((segment, child) -> literals.put(segment, node(child, problems, seeds)));
            return new Node<>(
                    literals.isEmpty() ? null : ByteTable.of(literals, seeds),
                    branch.variable == null ? null : node(branch.variable, problems, seeds),
                    branch.rules.isEmpty() ? null : RuleSet.of(branch.rules, problems, seeds));
        }
    }
}
