package dev.parley.proxy.route;

import dev.parley.model.PathMatch;
import dev.parley.wire.head.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one host by path. A path is followed once through {@link LiteralPaths}, as far as its segments are
 * configured; that yields the exact path, the regexes worth trying and the prefixes, longest first. Templates are asked
 * in between, because they are more specific than the latter two, and less than the first.
 */
final class PathTable<T> {
    private final LiteralPaths<T> literals;
    private final @Nullable TemplatePaths<T> templates;

    private PathTable(LiteralPaths<T> literals, @Nullable TemplatePaths<T> templates) {
        this.literals = literals;
        this.templates = templates;
    }

    /**
     * The rule with the most specific path that the request meets.
     *
     * @param bytes a path in normal form, between these offsets; one that is empty has the root's prefixes alone
     */
    @Nullable
    Rule<T> match(RequestHead head, byte[] bytes, int from, int to) {
        LiteralPaths.Node<T> deepest = literals.walk(bytes, from, to);
        Rule<T> found = deepest.length() == to - from ? deepest.matchExact(head) : null;
        if (found == null && templates != null) {
            found = templates.match(head, bytes, from, to);
        }
        if (found == null) {
            found = deepest.matchRegex(head, bytes, from, to);
        }
        return found == null ? deepest.matchPrefix(head) : found;
    }

    static final class Builder<T> {
        private final LiteralPaths.Builder<T> literals = new LiteralPaths.Builder<>();
        private final TemplatePaths.Builder<T> templates = new TemplatePaths.Builder<>();

        /**
         * @throws IllegalArgumentException where the path is not one that can be matched; the message is for the user
         */
        void add(PathMatch path, Rule<T> rule) {
            switch (path) {
                case PathMatch.Exact exact -> literals.exact(PathBytes.segments(exact.text()), rule);
                case PathMatch.Prefix prefix -> literals.prefix(PathBytes.prefixSegments(prefix.text()), rule);
                case PathMatch.Template template -> templates.add(PathBytes.segments(template.text()), rule);
                case PathMatch.Regex regex -> literals.regex(regex.text(), rule);
            }
        }

        PathTable<T> build(RouteProblems problems, Seeds seeds) {
            return new PathTable<>(
                    literals.build(problems, seeds), templates.isEmpty() ? null : templates.build(problems, seeds));
        }
    }
}
