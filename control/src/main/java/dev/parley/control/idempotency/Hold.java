package dev.parley.control.idempotency;

import java.util.function.Consumer;

/**
 * A claimed key. Ends with one of these calls, whichever is first; later ones do nothing. What is told comes on the store's thread and
 * must not block. Any thread may call.
 */
public interface Hold {
    /** The request was answered so. Told true once that is on the disk, false where it could not be written. */
    void answered(byte[] answer, Consumer<Boolean> told);

    /** The request was answered with more than is kept. Told true once that is on the disk, false where it could not be written. */
    void answeredTooLarge(Consumer<Boolean> told);

    /** The request was certainly not executed: the key is free again. */
    void release();

    /** The request may have been executed, and how it ended is not known. */
    void unknown();
}
