package dev.parley.config;

import dev.parley.config.Shape.Part;
import dev.parley.config.Yaml.Field;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes one record, and finds out what its constructor objects to.
 *
 * <p>A constructor stops at its first objection and does not say which component it is about. So where it refuses, each
 * component that the user gave is replaced by its default in turn: if the objection goes away, that component is where
 * to point; and if another objection appears in its stead, that one is told as well.
 */
final class RecordMaker {
    private final Shape shape;
    private final Object[] values;
    private final Map<String, Field> given;
    private final Set<Integer> replaced;
    private final boolean strangers;
    private final Findings findings;
    private final Function<Part, Optional<Object>> defaults;
    private final Function<Part, Optional<Object>> samples;

    /** The record, or the constructor's objection. */
    private record Attempt(Optional<Object> made, String objection) {}

    /**
     * Prepares to make a record.
     *
     * @param values one for each component; arrays are not copied
     * @param replaced the components whose value was bad, so that a default stands in {@code values}
     * @param strangers whether keys were given that are not known, one of which may be what is missing
     * @param defaults what stands for a component that is not given
     * @param samples a value for an optional component, where one can be made of defaults alone
     */
    RecordMaker(
            Shape shape,
            Object[] values,
            Map<String, Field> given,
            Set<Integer> replaced,
            boolean strangers,
            Findings findings,
            Function<Part, Optional<Object>> defaults,
            Function<Part, Optional<Object>> samples) {
        this.shape = shape;
        this.values = values;
        this.given = given;
        this.replaced = new HashSet<>(replaced);
        this.strangers = strangers;
        this.findings = findings;
        this.defaults = defaults;
        this.samples = samples;
    }

    /**
     * The record, or with parts replaced the nearest one that can be made, so that references in it are still checked;
     * null where there is none.
     */
    @Nullable
    Object make(Place place, String path) {
        Attempt attempt = attempt(values);
        // Each turn replaces one component more, so there are at most as many as components.
        for (int turn = 0; attempt.made.isEmpty() && turn <= shape.settings().size(); turn++) {
            List<Integer> culprits = culprits(attempt);
            report(attempt, culprits, place, path);
            if (culprits.isEmpty()) {
                return withOneMore();
            }
            int culprit = culprits.getFirst();
            values[culprit] = replacement(culprit).orElseThrow();
            replaced.add(culprit);
            attempt = attempt(values);
        }
        return attempt.made.orElse(null);
    }

    /** Where nothing that was given is in the way, something is lacking: an optional part, made of its defaults. */
    private @Nullable Object withOneMore() {
        for (int i = 0; i < shape.settings().size(); i++) {
            Part part = shape.settings().get(i);
            if (given.containsKey(part.key()) || !Shape.isOptional(part.type())) {
                continue;
            }
            Optional<Object> sample = samples.apply(part);
            if (sample.isPresent()) {
                Object own = values[i];
                values[i] = sample.get();
                Attempt attempt = attempt(values);
                values[i] = own;
                if (attempt.made.isPresent()) {
                    return attempt.made.get();
                }
            }
        }
        return null;
    }

    /**
     * Tells an objection, unless it may be about what stands in for a bad value rather than about what the user wrote:
     * that is when it is not about one component alone, or when a bad word decides what the others must be.
     */
    private void report(Attempt attempt, List<Integer> culprits, Place place, String path) {
        IllegalArgumentException refusal = new IllegalArgumentException(attempt.objection);
        if (culprits.size() != 1) {
            if (replaced.isEmpty() && !strangers) {
                findings.add(place, Refusal.problem(path, refusal));
            }
            return;
        }
        String key = shape.settings().get(culprits.getFirst()).key();
        Field field = given.get(key);
        boolean decided = replaced.stream()
                .map(i -> shape.settings().get(i).type())
                .anyMatch(type -> type instanceof Class<?> plain && plain.isEnum());
        if (field != null && (!decided || attempt.objection.startsWith(key + " is "))) {
            findings.add(field.shown(), Refusal.problem(Binder.join(path, key), refusal));
        }
    }

    /**
     * The components that the objection may be about: those without which the record can be made; else those without
     * which there is another objection, where an optional one counts last, as its absence may itself be objected to.
     */
    private List<Integer> culprits(Attempt attempt) {
        List<Integer> mended = new ArrayList<>();
        List<Integer> changed = new ArrayList<>();
        List<Integer> absent = new ArrayList<>();
        for (int i = 0; i < shape.settings().size(); i++) {
            Part part = shape.settings().get(i);
            Optional<Object> replacement = defaults.apply(part);
            if (replacement.isEmpty() || !given.containsKey(part.key())) {
                continue;
            }
            Object own = values[i];
            values[i] = replacement.get();
            Attempt without = attempt(values);
            values[i] = own;
            if (without.made.isPresent()) {
                mended.add(i);
            } else if (!without.objection.equals(attempt.objection)) {
                (Shape.isOptional(part.type()) ? absent : changed).add(i);
            }
        }
        return !mended.isEmpty() ? mended : !changed.isEmpty() ? changed : absent;
    }

    private Optional<Object> replacement(int component) {
        return defaults.apply(shape.settings().get(component));
    }

    private Attempt attempt(Object[] arguments) {
        try {
            return new Attempt(Optional.of(shape.constructor().orElseThrow().newInstance(arguments)), "");
        } catch (InvocationTargetException e) {
            return new Attempt(Optional.empty(), String.valueOf(Refusal.of(e).getMessage()));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("Records of the model are public: " + shape.type(), e);
        }
    }
}
