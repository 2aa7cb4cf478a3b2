/**
 * Scenarios over real sockets and processes: what changes while traffic flows, how endpoints come and go, how connections
 * begin and end. Start at {@link dev.parley.app.life.LiveProxy}.
 */
@NullMarked
package dev.parley.app.life;

import org.jspecify.annotations.NullMarked;
