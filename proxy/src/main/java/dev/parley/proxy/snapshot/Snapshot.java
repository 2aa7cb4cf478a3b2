package dev.parley.proxy.snapshot;

import dev.parley.model.Configuration;
import java.util.Map;

/**
 * One configuration, compiled; immutable but for the balancers of its services.
 *
 * @param revision counts the configurations of this process from 1
 */
public record Snapshot(
        long revision,
        Configuration configuration,
        Map<String, ListenerView> listeners,
        Map<String, ServiceView> services) {}
