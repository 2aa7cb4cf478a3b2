package dev.parley.proxy.idempotency;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Where it is kept, durably, who may execute a key and what it was answered. A port: whoever assembles Parley supplies one. */
public interface IdempotencyStore {
    /** Keeps nothing: for what runs without state. */
    IdempotencyStore NONE = (claim, loop, told) -> {
        told.accept(new Claimed.Unavailable("This Parley keeps no state."));
        return () -> {};
    };

    /**
     * Asks to be the one that executes a key. Returns at once.
     *
     * @param loop where {@code told} is run: the request's event loop
     * @param told hears once what becomes of it, or twice where the first is {@link Claimed.Waiting}
     */
    Ticket claim(Claim claim, Executor loop, Consumer<Claimed> told);

    /**
     * A request with a key.
     *
     * @param id 32 bytes that tell the key apart from all others
     * @param route the name of its route
     * @param fingerprint 32 bytes that tell the request apart from others with the same key
     * @param keepMs how long the answer is kept, in milliseconds
     * @param keys how many keys the route may have
     * @param executeUnknown whether it is executed where an earlier attempt may have been
     * @param mayWait whether it waits for another with this key that is under way
     */
    record Claim(
            byte[] id,
            String route,
            byte[] fingerprint,
            long keepMs,
            int keys,
            boolean executeUnknown,
            boolean mayWait) {}

    /** A claim that was handed in. */
    interface Ticket {
        /** Nobody waits for what becomes of it. It may be told nonetheless; a key that it is given has to be ended. */
        void abandon();
    }

    /** What becomes of a claim. */
    sealed interface Claimed {
        /** The key is the request's, and that is on the disk: it may be sent. */
        record Execute(Hold hold) implements Claimed {}

        /** Another is under way; what comes of it follows. */
        record Waiting() implements Claimed {}

        /** It was answered before, so. */
        record Answered(byte[] answer) implements Claimed {}

        /** It was answered before, with more than is kept. */
        record NotKept() implements Claimed {}

        /** It was sent before, and how that ended is not known. */
        record Unknown() implements Claimed {}

        /** The key belongs to another request. */
        record Reused() implements Claimed {}

        /** Another is under way, and is not waited for. */
        record InProgress() implements Claimed {}

        /** The route has as many keys as it may. */
        record Full() implements Claimed {}

        /** Nothing can be stored now. */
        record Unavailable(String why) implements Claimed {}
    }

    /** A key that is the request's. Ends with the first of these calls. What is told is run by the loop that claimed. */
    interface Hold {
        /** It was answered so. Told true once that is on the disk, false where it could not be written. */
        void answered(byte[] answer, Consumer<Boolean> told);

        /** It was answered with more than is kept. Told as for {@link #answered}. */
        void answeredTooLarge(Consumer<Boolean> told);

        /** It was certainly not executed. */
        void release();

        /** It may have been executed, and how that ended is not known. */
        void unknown();
    }
}
