/**
 * {@code parley demo}: real services in processes of their own, Parley before them, load on it, and a table of what
 * happens while endpoints are killed.
 *
 * <p>The demo sees Parley as any user does: it writes a configuration, sends requests, and reads {@code /metrics}.
 * Nothing in the product depends on it. Start reading at {@link dev.parley.demo.DemoCommand}, then {@code Cast} for the
 * processes, {@code Load} for the requests and {@code Scoreboard} for the figures.
 */
@NullMarked
package dev.parley.demo;

import org.jspecify.annotations.NullMarked;
