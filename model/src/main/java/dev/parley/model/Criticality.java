package dev.parley.model;

/**
 * How much is lost when a request is refused, from most to least; under overload the least goes first (Google, "Site Reliability
 * Engineering", chapter 21).
 */
public enum Criticality {
    /** Users notice at once: refused last of all. */
    CRITICAL_PLUS,
    /** The default. */
    CRITICAL,
    /** Can wait or be tried again later: batch work that is awaited. */
    SHEDDABLE_PLUS,
    /** Nobody waits for it. */
    SHEDDABLE
}
