/** What happened lately to services and endpoints, kept for {@code /status}: a few hundred entries and no more. */
@NullMarked
package dev.parley.telemetry.events;

import org.jspecify.annotations.NullMarked;
