package dev.parley.telemetry.admin;

/** Where the state of Parley is read. Declared here, supplied by the assembly; asked by any thread. */
@FunctionalInterface
public interface StatusSource {
    /** The state at this moment. */
    Status read();
}
