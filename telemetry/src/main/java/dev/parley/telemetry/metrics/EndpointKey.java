package dev.parley.telemetry.metrics;

/** An endpoint as metrics know it: the name of its service, and its address as users write it. */
public record EndpointKey(String service, String endpoint) {}
