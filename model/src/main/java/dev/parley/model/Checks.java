package dev.parley.model;

import java.time.Duration;

/** Refusals that many settings share, worded for the person who wrote the configuration. */
final class Checks {
    private Checks() {}

    static void range(String setting, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "%s is %d, which is not within %d to %d.".formatted(setting, value, least, most));
        }
    }

    static void notNegative(String setting, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(
                    "%s is %s, which is negative.".formatted(setting, Durations.text(value)));
        }
    }

    static void positive(String setting, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(
                    "%s is %s; it must be longer than zero.".formatted(setting, Durations.text(value)));
        }
    }

    static void atLeast(String setting, ByteSize value, ByteSize least) {
        if (value.bytes() < least.bytes()) {
            throw new IllegalArgumentException("%s is %s, which is below %s.".formatted(setting, value, least));
        }
    }

    static void atMost(String setting, ByteSize value, ByteSize most) {
        if (value.bytes() > most.bytes()) {
            throw new IllegalArgumentException("%s is %s, which is above %s.".formatted(setting, value, most));
        }
    }
}
