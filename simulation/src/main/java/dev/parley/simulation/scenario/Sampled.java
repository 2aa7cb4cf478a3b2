package dev.parley.simulation.scenario;

import dev.parley.simulation.world.Timeline;
import java.util.Arrays;
import java.util.function.DoubleSupplier;

/** Looks at something at the end of each step of a timeline while the world runs. */
final class Sampled {
    private final World world;
    private final double stepSeconds;
    private final DoubleSupplier what;
    private double[] values = new double[256];
    private int count;

    Sampled(World world, Timeline timeline, DoubleSupplier what) {
        this.world = world;
        this.stepSeconds = timeline.stepSeconds();
        this.what = what;
    }

    /** Runs the world until so many seconds after its beginning. */
    void runUntil(double seconds) {
        while ((count + 1) * stepSeconds <= seconds + 1e-9) {
            world.runUntil((count + 1) * stepSeconds);
            if (count == values.length) {
                values = Arrays.copyOf(values, 2 * count);
            }
            values[count++] = what.getAsDouble();
        }
    }

    /** What was seen, one for each step. */
    double[] values() {
        return Arrays.copyOf(values, count);
    }

    /** Of something that only grows: how much it grew in each step, for a second. */
    double[] perSecond() {
        double[] rates = new double[count];
        for (int i = 0; i < count; i++) {
            rates[i] = (values[i] - (i == 0 ? 0 : values[i - 1])) / stepSeconds;
        }
        return rates;
    }
}
