package dev.parley.control.idempotency;

/**
 * A request wants to be the one that is executed for its key.
 *
 * @param id what tells the key apart from all others: a SHA-256 over route, caller and key
 * @param route the route's name, under which keys are counted
 * @param fingerprint of the request, by which another request with the same key is told
 * @param keepMs how long the record is kept from its last change, in milliseconds
 * @param keys how many records the route may have
 * @param executeUnknown whether a key whose first attempt has an unknown outcome may be executed again
 * @param mayWait whether it waits for another that is under way
 */
public record Claim(
        byte[] id, String route, byte[] fingerprint, long keepMs, int keys, boolean executeUnknown, boolean mayWait) {}
