package dev.parley.simulation.scenario;

import java.util.Locale;

/**
 * What must hold in a scenario, and what was measured.
 *
 * @param what in words
 * @param unit of both numbers; empty for a share or a count
 */
public record Invariant(String what, Sense sense, double bound, double measured, String unit) {

    /** On which side of the bound the measured value must lie. */
    public enum Sense {
        AT_MOST,
        AT_LEAST
    }

    /** What was measured must not be above the bound. */
    public static Invariant atMost(String what, double measured, double bound, String unit) {
        return new Invariant(what, Sense.AT_MOST, bound, measured, unit);
    }

    /** What was measured must not be below the bound. */
    public static Invariant atLeast(String what, double measured, double bound, String unit) {
        return new Invariant(what, Sense.AT_LEAST, bound, measured, unit);
    }

    /** Whether it held. A measure that is no number never does. */
    public boolean holds() {
        return sense == Sense.AT_MOST ? measured <= bound : measured >= bound;
    }

    /** A number as people read it: four digits that count. */
    public static String number(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return String.format(Locale.ROOT, "%,d", (long) value).replace(',', ' ');
        }
        double size = Math.abs(value);
        int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 4;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    @Override
    public String toString() {
        return "%s: %s%s, %s %s%s"
                .formatted(
                        what,
                        number(measured),
                        unit.isEmpty() ? "" : " " + unit,
                        sense == Sense.AT_MOST ? "at most" : "at least",
                        number(bound),
                        unit.isEmpty() ? "" : " " + unit);
    }
}
