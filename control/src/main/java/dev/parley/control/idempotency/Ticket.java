package dev.parley.control.idempotency;

/** A claim that has been handed in. */
public interface Ticket {
    /** The claimant is gone: it need not be told any more. It may be told nonetheless, and a key that it is given it has to end. */
    void abandon();
}
