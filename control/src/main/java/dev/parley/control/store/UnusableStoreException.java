package dev.parley.control.store;

/** The state cannot be used. The message says what happened, why, and what to do. */
public final class UnusableStoreException extends Exception {
    private static final long serialVersionUID = 1;

    public UnusableStoreException(String message) {
        super(message);
    }

    public UnusableStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
