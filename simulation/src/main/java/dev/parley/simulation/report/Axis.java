package dev.parley.simulation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An axis: from values to places on the page, with ticks at round values.
 *
 * @param least the value at {@code start}, and {@code most} that at {@code end}
 */
record Axis(boolean isLogarithmic, double least, double most, int start, int end) {

    /** An axis of even steps that ends at a round value. */
    static Axis linear(double least, double most, int start, int end) {
        double top = most > least ? most : least + 1;
        double step = step(top - least, 8);
        return new Axis(false, Math.floor(least / step) * step, Math.ceil(top / step) * step, start, end);
    }

    /** An axis of powers of ten, from one at or below the least value to one at or above the most. */
    static Axis logarithmic(double least, double most, int start, int end) {
        double bottom = Math.pow(10, Math.floor(Math.log10(least)));
        double top = Math.pow(10, Math.ceil(Math.log10(Math.max(most, bottom * 1.001))));
        return new Axis(true, bottom, top, start, end);
    }

    double at(double value) {
        double share =
                isLogarithmic ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
        return start + share * (end - start);
    }

    List<Double> ticks(int most) {
        List<Double> ticks = new ArrayList<>();
        if (isLogarithmic) {
            for (double tick = least; tick <= this.most * 1.0001; tick *= 10) {
                ticks.add(tick);
            }
            return ticks;
        }
        double step = step(this.most - least, most);
        for (int i = 0; least + i * step <= this.most + step / 1000; i++) {
            ticks.add(least + i * step);
        }
        return ticks;
    }

    /** The smallest of 1, 2, 5 times a power of ten that cuts {@code span} into at most so many parts. */
    private static double step(double span, int most) {
        double power = Math.pow(10, Math.floor(Math.log10(span / most)));
        for (double factor : new double[] {1, 2, 5}) {
            if (power * factor * most >= span * 0.9999) {
                return power * factor;
            }
        }
        return power * 10;
    }

    static String label(double value) {
        double size = Math.abs(value);
        if (size >= 1e6) {
            return trimmed(value / 1e6) + "M";
        }
        return size >= 10_000 ? trimmed(value / 1e3) + "k" : trimmed(value);
    }

    private static String trimmed(double value) {
        String text = String.format(Locale.ROOT, "%.3f", value);
        return text.replaceAll("\\.?0+$", "");
    }
}
