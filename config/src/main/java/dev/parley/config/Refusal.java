package dev.parley.config;

import dev.parley.model.Problem;
import java.lang.reflect.InvocationTargetException;

/** What a record of the model says when it does not take a value. */
final class Refusal {
    private Refusal() {}

    /** The model's refusal inside a reflective call; anything else it throws is a bug and goes on. */
    static RuntimeException of(InvocationTargetException e) {
        return switch (e.getCause()) {
            case IllegalArgumentException refusal -> refusal;
            case ArithmeticException overflow -> new IllegalArgumentException("This is too large to count.", overflow);
            case null, default -> throw new AssertionError("The model failed at a value.", e);
        };
    }

    /** The first sentence says what is wrong, the rest what to do. */
    static Problem problem(String path, Exception e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf(". ");
        return end < 0
                ? new Problem("wrong-value", path, message, "", "")
                : new Problem("wrong-value", path, message.substring(0, end + 1), "", message.substring(end + 2));
    }
}
