/**
 * The nouns of Parley as records and sealed types: what a user writes in YAML and what every other module speaks of.
 *
 * <p>Nothing here knows a file, a socket or a library: the JDK only. Each setting says what it means, its default and
 * the peer whose default that is, in its {@link dev.parley.model.Setting}; the configuration reader, the JSON Schema
 * and the reference page are all made from those. Start reading at {@link dev.parley.model.Configuration}.
 */
@NullMarked
package dev.parley.model;

import org.jspecify.annotations.NullMarked;
