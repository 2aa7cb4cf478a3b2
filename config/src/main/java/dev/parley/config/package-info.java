/**
 * From YAML and JSON files to the model and back to the person who wrote them: every problem with its file, line and
 * path, all at once.
 *
 * <p>The model drives everything here. A setting exists because a record of {@code dev.parley.model} has a component
 * with a {@link dev.parley.model.Setting}; the reader, the JSON Schema and the reference page follow from that. No
 * setting is known by name in this package, and nothing here knows a socket, a store or a thread other than the
 * watcher's. Start reading at {@link dev.parley.config.ConfigReader}, then {@code Binder}.
 */
@NullMarked
package dev.parley.config;

import org.jspecify.annotations.NullMarked;
