package dev.parley.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the static method that makes a value from the short form in YAML, one scalar: {@code 127.0.0.1:9001} for an
 * endpoint. It throws {@link IllegalArgumentException} with a message that says what is wrong and what is right.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface FromText {}
