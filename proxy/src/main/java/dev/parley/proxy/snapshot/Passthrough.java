package dev.parley.proxy.snapshot;

import dev.parley.proxy.record.Label;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose TLS is not Parley's: where it goes.
 *
 * @param serverName what its client asked for; null where it named nothing
 */
public record Passthrough(RouteView route, @Nullable Label serverName) {}
