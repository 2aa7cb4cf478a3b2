package dev.parley.model;

import java.util.Objects;

/**
 * Something in a configuration that a user has to mend.
 *
 * @param code stable, in kebab-case: {@code unknown-key}, {@code dangling-reference}
 * @param path the setting it is about, from the root, joined with dots: {@code routes.payments.to}
 * @param what what is wrong, with the value found
 * @param why the rule that it breaks; may be empty where {@code what} says it all
 * @param fix what to do about it
 */
public record Problem(String code, String path, String what, String why, String fix) {
    public Problem {
        Objects.requireNonNull(code);
        Objects.requireNonNull(path);
        Objects.requireNonNull(what);
        Objects.requireNonNull(why);
        Objects.requireNonNull(fix);
    }

    /** All of it in one line of prose, without the place. */
    public String sentence() {
        return what + (why.isEmpty() ? "" : " " + why) + (fix.isEmpty() ? "" : " " + fix);
    }
}
