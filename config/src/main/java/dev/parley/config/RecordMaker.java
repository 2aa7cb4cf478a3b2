package dev.parley.config;

import dev.parley.config.Shape.Part;
import dev.parley.config.Yaml.Field;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final Findings findings;
    private final Function<Part, Optional<Object>> defaults;

    /** The record, or the constructor's objection. */
    private record Attempt(Optional<Object> made, String objection) {}

    RecordMaker(
            Shape shape,
            Object[] values,
            Map<String, Field> given,
            Findings findings,
            Function<Part, Optional<Object>> defaults) {
        this.shape = shape;
        this.values = values;
        this.given = given;
        this.findings = findings;
        this.defaults = defaults;
    }

    /**
     * The record, or with a part replaced the nearest one that can be made, so that references in it are still checked;
     * null where there is none.
     *
     * @param whole whether all values are the user's: if not, an objection may be about what stands in for one, and is
     *     not told
     */
    @Nullable Object make(Place place, String path, boolean whole) {
        Attempt attempt = attempt(values);
        // Each turn replaces one component more, so there are at most as many as components.
        for (int turn = 0; attempt.made.isEmpty() && turn < shape.settings().size(); turn++) {
            List<Integer> culprits = culprits(attempt);
            if (whole) {
                report(attempt, culprits, place, path);
            }
            if (culprits.isEmpty()) {
                return null;
            }
            int culprit = culprits.getFirst();
            // What replaced an optional value is its absence, and an objection to that is not the user's doing.
            whole &= shape.settings().get(culprit).defaultText().isPresent();
            values[culprit] = replacement(culprit).orElseThrow();
            attempt = attempt(values);
        }
        if (attempt.made.isEmpty() && shape.settings().isEmpty()) {
            report(attempt, List.of(), place, path);
        }
        return attempt.made.orElse(null);
    }

    private void report(Attempt attempt, List<Integer> culprits, Place place, String path) {
        var refusal = new IllegalArgumentException(attempt.objection);
        if (culprits.size() == 1) {
            String key = shape.settings().get(culprits.getFirst()).key();
            Field field = given.get(key);
            if (field != null) {
                findings.add(field.shown(), Refusal.problem(Binder.join(path, key), refusal));
                return;
            }
        }
        findings.add(place, Refusal.problem(path, refusal));
    }

    /** The components that the objection goes away without. */
    private List<Integer> culprits(Attempt attempt) {
        List<Integer> culprits = new ArrayList<>();
        for (int i = 0; i < shape.settings().size(); i++) {
            Optional<Object> replacement = replacement(i);
            if (replacement.isEmpty() || !given.containsKey(shape.settings().get(i).key())) {
                continue;
            }
            Object own = values[i];
            values[i] = replacement.get();
            if (!attempt(values).objection.equals(attempt.objection)) {
                culprits.add(i);
            }
            values[i] = own;
        }
        return culprits;
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
