package dev.parley.proxy.route;

import dev.parley.model.Route;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * One route's conditions beside host and path, and where it leads.
 *
 * <p>Its rank is its place among all routes by what comes after the path in their precedence: method, number of headers,
 * number of query parameters, name. The lowest rank is the most specific.
 */
final class Rule<T> {
    private final int rank;
    private final String name;
    private final T target;
    private final List<byte[]> methods;
    private final List<FieldCondition> headers;
    private final List<ParameterCondition> query;

    /**
     * @throws IllegalArgumentException where a regex is none, or is too large
     */
    Rule(int rank, RouteTable.Entry<T> entry) {
        Route route = entry.route();
        this.rank = rank;
        this.name = entry.name();
        this.target = entry.target();
        this.methods = route.matchedMethods().stream().map(Rule::ascii).toList();
        this.headers = route.headers().entrySet().stream()
                .map(header -> FieldCondition.of(header.getKey(), header.getValue()))
                .sorted(Comparator.comparing(FieldCondition::name))
                .toList();
        this.query = route.query().entrySet().stream()
                .map(parameter -> ParameterCondition.of(parameter.getKey(), parameter.getValue()))
                .sorted(Comparator.comparing(ParameterCondition::name))
                .toList();
    }

    /** The order of ranks: of two routes with the same host and path, the one that comes first wins. */
    static Comparator<RouteTable.Entry<?>> precedence() {
        return Comparator.<RouteTable.Entry<?>>comparingInt(
                        entry -> entry.route().matchedMethods().isEmpty() ? 1 : 0)
                .thenComparingInt(entry -> -entry.route().headers().size())
                .thenComparingInt(entry -> -entry.route().query().size())
                .thenComparing(RouteTable.Entry::name);
    }

    /** Whether a request that came as far as this rule's host and path meets all of its other conditions. */
    boolean holds(RequestHead head) {
        return methodHolds(head) && headersHold(head) && queryHolds(head);
    }

    int rank() {
        return rank;
    }

    String name() {
        return name;
    }

    T target() {
        return target;
    }

    List<byte[]> methods() {
        return methods;
    }

    /** Sorted by name. */
    List<FieldCondition> headers() {
        return headers;
    }

    /** Sorted by name. */
    List<ParameterCondition> query() {
        return query;
    }

    private boolean methodHolds(RequestHead head) {
        if (methods.isEmpty()) {
            return true;
        }
        for (int i = 0; i < methods.size(); i++) {
            byte[] method = methods.get(i);
            if (Arrays.equals(method, 0, method.length, head.bytes(), head.methodFrom(), head.methodTo())) {
                return true;
            }
        }
        return false;
    }

    private boolean headersHold(RequestHead head) {
        for (int i = 0; i < headers.size(); i++) {
            if (!headers.get(i).holds(head.fields())) {
                return false;
            }
        }
        return true;
    }

    private boolean queryHolds(RequestHead head) {
        for (int i = 0; i < query.size(); i++) {
            if (!query.get(i).holds(head)) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
