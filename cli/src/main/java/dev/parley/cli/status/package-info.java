/**
 * What a running Parley says of itself at {@code /status}, read from outside as any tool would: a client of the admin address, a
 * reader of its JSON, and records of what is in it. Start reading at {@link dev.parley.cli.status.LiveStatus}.
 */
@NullMarked
package dev.parley.cli.status;

import org.jspecify.annotations.NullMarked;
