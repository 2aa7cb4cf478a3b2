package dev.parley.demo;

import java.time.Duration;
import java.util.Optional;

/**
 * What a demo is to do.
 *
 * @param rate HTTP requests a second
 * @param killCycle from one kill to the next; zero for none
 * @param length how long the load lasts; until it is ended where there is none
 * @param chaos whether chaos begins with it
 * @param seed of chaos: the same one breaks the same things in the same order
 */
record Script(int rate, Duration killCycle, Optional<Duration> length, boolean chaos, long seed) {}
