package dev.parley.model;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * One setting of the configuration: a component of a record of this package. Its name in YAML is the component's name
 * in snake_case.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
    /** What it means, in one or two sentences with units; shown in editors and in the reference. */
    String value();

    /**
     * The value where the configuration has none, as YAML text: {@code 2s}, {@code 404}, {@code {}}. {@link #REQUIRED}
     * where the user must say it. Optionals, lists and maps need none: they are empty.
     */
    String def() default REQUIRED;

    /** The peer or document that the default is taken from; empty where it is Parley's own. */
    String source() default "";

    /** Marks a setting that has no default. */
    String REQUIRED = "\0";
}
