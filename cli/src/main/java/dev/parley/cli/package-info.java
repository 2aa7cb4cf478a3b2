/**
 * The command line: one file a command, and the ports through which commands reach the rest.
 *
 * <p>Commands read what the user typed, say what came of it, and answer with an {@link dev.parley.cli.ExitCode}. They
 * start Parley through {@link dev.parley.cli.Program}, which the app supplies, and other modules add commands through
 * {@link dev.parley.cli.Verb}; so nothing here knows the data plane. Start reading at {@link dev.parley.cli.ParleyCli}.
 */
@NullMarked
package dev.parley.cli;

import org.jspecify.annotations.NullMarked;
