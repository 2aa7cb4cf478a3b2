package dev.parley.simulation.scenario;

/** Something that goes wrong in a world, and what must hold all the same. */
public interface Scenario {
    /** In a few words. */
    String title();

    /** What is built, what goes wrong, and with which settings, in sentences for the report. */
    String story();

    /** Runs it: a function of the seed alone. */
    Result run(long seed);
}
