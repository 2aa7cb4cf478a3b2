/** A terminal that a command takes over: keys, size, painting, colours. It knows nothing of what is shown. */
@NullMarked
package dev.parley.cli.terminal;

import org.jspecify.annotations.NullMarked;
