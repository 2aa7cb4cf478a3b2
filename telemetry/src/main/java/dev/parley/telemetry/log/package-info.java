/**
 * A bounded log of lines that never holds up who writes it: event loops append to chunks of memory, one thread moves
 * the chunks to a file or a stream, and what finds no room is dropped and counted. It knows bytes that end in a line
 * feed and nothing of what they say. Start reading at {@link dev.parley.telemetry.log.LineWriter}.
 */
@NullMarked
package dev.parley.telemetry.log;

import org.jspecify.annotations.NullMarked;
