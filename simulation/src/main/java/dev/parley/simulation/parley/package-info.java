/**
 * Parley in virtual time: the decisions are the product's own classes (balance, health, outlier, resilience, the compiled
 * configuration), and only what carries bytes and keeps time is replaced. What is written here is the order in which the
 * exchange asks them. Start reading at {@link dev.parley.simulation.parley.ProxiedCall}.
 */
@NullMarked
package dev.parley.simulation.parley;

import org.jspecify.annotations.NullMarked;
