package dev.parley.proxy.health;

/** What is known of an endpoint. Its transitions are in {@link HealthTrack}. */
public enum HealthState {
    /** Nothing yet. It is in the rotation: a new endpoint serves at once, as in HAProxy. */
    UNKNOWN,
    /** Its checks pass, or it came back from being down. In the rotation. */
    UP,
    /** Its checks fail, or it could not be connected to. Out of the rotation. */
    DOWN
}
