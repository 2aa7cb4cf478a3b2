package dev.parley.proxy.route;

import dev.parley.wire.head.RequestHead;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules that share a host and a path: which of them a request meets first, without trying them one by one.
 *
 * <p>This is the tuple space search of packet classifiers (Srinivasan, Suri, Varghese, SIGCOMM 1999): rules that ask for
 * the same things (a method or not, exact values of the same headers, of the same query parameters) have one
 * {@link RuleShape}, whose table finds them by the hash of those values. A request costs one look-up for each shape, of
 * which configurations have few, and 10 000 rules that differ in the value of one header have one.
 */
final class RuleSet<T> {
    /** Shapes of the rules of one path, at most: each costs every request for that path a look-up. */
    static final int MAX_SHAPES = 64;

    /** The one rule, where there is no more than one: most paths have no other, and need no table to find it. */
    private final @Nullable Rule<T> only;

    private final List<RuleShape<T>> shapes;

    private RuleSet(@Nullable Rule<T> only, List<RuleShape<T>> shapes) {
        this.only = only;
        this.shapes = shapes;
    }

    static <T> RuleSet<T> of(List<Rule<T>> rules, RouteProblems problems, Seeds seeds) {
        if (rules.size() == 1) {
            return new RuleSet<>(rules.getFirst(), List.of());
        }
        Map<RuleShape.Form, List<Rule<T>>> byForm = new LinkedHashMap<>();
        for (Rule<T> rule : rules) {
            byForm.computeIfAbsent(RuleShape.Form.of(rule), key -> new ArrayList<>())
                    .add(rule);
        }
        if (byForm.size() > MAX_SHAPES) {
            problems.tooMany(
                    rules.getLast().name(),
                    "path",
                    "%d routes with this host and path ask for %d different sets of headers and query parameters"
                            .formatted(rules.size(), byForm.size()),
                    "Each set costs every request a look-up; at most %d are allowed.".formatted(MAX_SHAPES),
                    "Let routes ask for the same headers, or give them paths or hosts of their own.");
        }
        return new RuleSet<>(
                null,
                byForm.values().stream()
                        .map(group -> RuleShape.of(group, problems, seeds))
                        .sorted(Comparator.comparingInt(RuleShape::best))
                        .toList());
    }

    /** The most specific rule that the request meets. */
    @Nullable
    Rule<T> match(RequestHead head) {
        if (only != null) {
            return only.holds(head) ? only : null;
        }
        Rule<T> best = null;
        for (int i = 0; i < shapes.size(); i++) {
            RuleShape<T> shape = shapes.get(i);
            int below = best == null ? Integer.MAX_VALUE : best.rank();
            if (shape.best() >= below) {
                break;
            }
            Rule<T> found = shape.match(head, below);
            best = found == null ? best : found;
        }
        return best;
    }
}
