package dev.parley.proxy.health;

/** What was seen of an endpoint. */
public sealed interface Seen {
    /** A probe passed. */
    record Passed() implements Seen {}

    /** A probe failed. */
    record Failed(String reason) implements Seen {}

    /** Traffic could not connect. */
    record ConnectFailed(String reason) implements Seen {}
}
