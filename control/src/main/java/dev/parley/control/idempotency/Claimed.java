package dev.parley.control.idempotency;

/** What becomes of a {@link Claim}. */
public sealed interface Claimed {
    /** The key is the claimant's, and a record of that is on the disk: it may be executed. It ends with one call to the hold. */
    record Execute(Hold hold) implements Claimed {}

    /** Another is under way; what comes of that follows. */
    record Waiting() implements Claimed {}

    /** The request was answered before, with these bytes. */
    record Answered(byte[] answer) implements Claimed {}

    /** The request was answered before, and the answer was too large to keep. */
    record NotKept() implements Claimed {}

    /** The request may have been executed: it was begun, and nobody knows how it ended. */
    record Unknown() implements Claimed {}

    /** The key belongs to another request. */
    record Reused() implements Claimed {}

    /** Another is under way, and it is not waited for: it must not be, or too many wait already. */
    record InProgress() implements Claimed {}

    /** The route has as many keys as it may. */
    record Full() implements Claimed {}

    /** Nothing can be stored now. */
    record Unavailable(String why) implements Claimed {}
}
