/**
 * What the event loops read: the configuration, compiled. A {@link dev.parley.proxy.snapshot.Snapshot} is made by a pure
 * function beside the running one and swapped in by one reference; nothing in it changes but what is named live. Start at
 * {@link dev.parley.proxy.snapshot.Compiler}.
 */
@NullMarked
package dev.parley.proxy.snapshot;

import org.jspecify.annotations.NullMarked;
