package dev.parley.simulation.scenario;

import dev.parley.simulation.world.Timeline;

/** How long it takes until all is well again. */
final class Recovery {
    /** As many steps must be well in a row: two seconds of the usual half second. */
    private static final int STEPS = 4;

    private Recovery() {}

    /**
     * Seconds from {@code from} until at least {@code share} of what ends is answered well, and stays so for two seconds;
     * infinity where it never does.
     */
    static double seconds(Timeline timeline, double from, double share) {
        double[] good = timeline.each(Timeline.Step::succeeded);
        double[] bad = timeline.each(Timeline.Step::failed);
        int run = 0;
        for (int step = (int) Math.round(from / timeline.stepSeconds()); step < good.length; step++) {
            boolean well = good[step] > 0 && good[step] >= share * (good[step] + bad[step]);
            run = well ? run + 1 : 0;
            if (run == STEPS) {
                return Math.max(0, (step + 1 - STEPS) * timeline.stepSeconds() - from);
            }
        }
        return Double.POSITIVE_INFINITY;
    }
}
