package dev.parley.simulation.report;

/** A part of the report, which runs what it shows. */
interface Section {
    /**
     * Adds itself to the page.
     *
     * @param seed of all its runs
     * @param log is told of each run, and of what did not hold
     */
    void write(Page page, long seed, RunLog log);
}
