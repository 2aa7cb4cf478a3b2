package dev.parley.proxy.route;

import com.google.re2j.Pattern;
import dev.parley.model.ValueMatch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What the value of a header or of a query parameter, decoded, has to be. */
sealed interface ValueCondition {
    boolean holds(byte[] bytes, int from, int to);

    static ValueCondition of(ValueMatch match) {
        return switch (match) {
            case ValueMatch.Exact exact -> new Exact(exact.text().getBytes(StandardCharsets.UTF_8));
            case ValueMatch.Present present -> new Present();
            case ValueMatch.Regex regex -> new Regex(Regexes.compile(regex.text()));
        };
    }

    /** This value; the only condition that a hash can find. */
    final class Exact implements ValueCondition {
        private final byte[] value;

        private Exact(byte[] value) {
            this.value = value;
        }

        byte[] value() {
            return value;
        }

        @Override
        public boolean holds(byte[] bytes, int from, int to) {
            return Arrays.equals(value, 0, value.length, bytes, from, to);
        }
    }

    /** Any value. */
    record Present() implements ValueCondition {
        @Override
        public boolean holds(byte[] bytes, int from, int to) {
            return true;
        }
    }

    /** The whole value matches. */
    record Regex(Pattern pattern) implements ValueCondition {
        @Override
        public boolean holds(byte[] bytes, int from, int to) {
            return pattern.matches(Arrays.copyOfRange(bytes, from, to));
        }
    }
}
