/**
 * What Parley is put into: a clock, an agenda of what happens when, a network, servers that queue, slow down and break, and
 * clients. Nothing in here decides anything that Parley decides, and nothing reads a real clock, socket or thread. Start
 * reading at {@link dev.parley.simulation.world.Agenda}, then {@link dev.parley.simulation.world.Server}.
 */
@NullMarked
package dev.parley.simulation.world;

import org.jspecify.annotations.NullMarked;
