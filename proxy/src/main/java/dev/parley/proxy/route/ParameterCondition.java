package dev.parley.proxy.route;

import dev.parley.model.ValueMatch;
import dev.parley.wire.head.RequestHead;
import java.nio.charset.StandardCharsets;

/** A query parameter that has to be there, with a value that meets a condition. Of a repeated one, the first decides. */
final class ParameterCondition {
    private final String name;
    private final byte[] nameBytes;
    private final ValueCondition value;

    private ParameterCondition(String name, ValueCondition value) {
        this.name = name;
        this.nameBytes = name.getBytes(StandardCharsets.UTF_8);
        this.value = value;
    }

    static ParameterCondition of(String name, ValueMatch value) {
        return new ParameterCondition(name, ValueCondition.of(value));
    }

    boolean holds(RequestHead head) {
        byte[] bytes = head.bytes();
        long found = QueryText.first(bytes, head.queryFrom(), head.queryTo(), nameBytes);
        if (found < 0) {
            return false;
        }
        int from = QueryText.from(found);
        int to = QueryText.to(found);
        if (QueryText.encoded(bytes, from, to)) {
            byte[] decoded = QueryText.decoded(bytes, from, to);
            return value.holds(decoded, 0, decoded.length);
        }
        return value.holds(bytes, from, to);
    }

    String name() {
        return name;
    }

    ValueCondition value() {
        return value;
    }
}
