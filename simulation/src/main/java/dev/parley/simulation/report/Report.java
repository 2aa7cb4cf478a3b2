package dev.parley.simulation.report;

import java.util.List;

/** The whole report: a function of the seed. */
public final class Report {
    /** The seed of the report that is kept in docs. */
    public static final long SEED = 20261121;

    private static final List<Section> SECTIONS = List.of(
            new Invariants(), new Algorithms(), new Limits(), new RetriesAndHedges(), new Zones(), new LargeRun());

    private Report() {}

    /** Runs everything and writes it down. */
    public static Page write(long seed, RunLog log) {
        return write(seed, log, SECTIONS);
    }

    static Page write(long seed, RunLog log, List<Section> sections) {
        Page page = new Page().heading(1, "Simulation");
        page.block("""
                The code that decides in Parley (which endpoint, whether to eject it, whether to let a call in, whether to try again) has no
                clock, no thread and no socket of its own. Here the very same classes run in virtual time, against servers that queue, slow
                down and break, a network between three zones, and clients that are patient or not; millions of calls take seconds.

                `bench/simulate` wrote this page with seed %d, and writes it again, byte for byte. `bench/simulate --seed N` tries another;
                it ends with 1 where something does not hold.""".formatted(seed));
        page.block("""
                What is simulated: two Parleys that know nothing of each other unless a scenario says otherwise, with four event loops each;
                endpoints with eight workers that take 10 ms (log-normal, sigma 0.4: p99 25 ms), unless a scenario says otherwise, and a queue
                before them; they work on what nobody waits for any more. A way within a zone takes 125 µs and between zones 500 µs, and a
                tenth of it more on average. All requests are safe to be sent twice. What is not simulated: connections (they are there, and a
                refused one is known after a round trip), bytes, the time that Parley itself takes, and threads that race.""");
        for (Section section : sections) {
            section.write(page, seed, log);
        }
        return page;
    }
}
