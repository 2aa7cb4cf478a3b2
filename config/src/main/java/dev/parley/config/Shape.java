package dev.parley.config;

import dev.parley.model.FromText;
import dev.parley.model.Setting;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What the model says about one of its types: the forms in which a user may write it. The reader, the JSON Schema and
 * the reference page all read the model through this, so that they cannot disagree.
 *
 * @param type the record, sealed interface or class of the model
 * @param keys of the map form, in the order of the model
 * @param settings of a record: its keys. Empty where it has only a short form
 * @param choices of a sealed interface: the map form with one of these keys, each a record around one text
 * @param map of a record that wraps a map, whose keys the user chooses: the type of that map
 * @param text the method that reads the short form
 */
record Shape(
        Class<?> type,
        List<String> keys,
        List<Part> settings,
        Map<String, Constructor<?>> choices,
        Optional<ParameterizedType> map,
        Optional<Method> text,
        Optional<Constructor<?>> constructor) {

    /** One component of a record. The default is as text, and absent for what is empty or must be given. */
    record Part(String key, Type type, Setting setting) {
        Optional<String> defaultText() {
            return setting.def().equals(Setting.REQUIRED) ? Optional.empty() : Optional.of(setting.def());
        }
    }

    static Shape of(Class<?> type) {
        Optional<Method> text = Optional.empty();
        for (Method method : type.getDeclaredMethods()) {
            if (method.isAnnotationPresent(FromText.class) && Modifier.isStatic(method.getModifiers())) {
                text = Optional.of(method);
            }
        }
        Optional<ParameterizedType> map = Optional.empty();
        List<Part> settings = new ArrayList<>();
        if (type.isRecord()) {
            for (RecordComponent component : type.getRecordComponents()) {
                @Nullable Setting setting = component.getAnnotation(Setting.class);
                if (setting != null) {
                    settings.add(new Part(snake(component.getName()), component.getGenericType(), setting));
                } else if (component.getGenericType() instanceof ParameterizedType wrapped
                        && wrapped.getRawType() == Map.class) {
                    map = Optional.of(wrapped);
                }
            }
        }
        Map<String, Constructor<?>> choices = choices(type);
        List<String> keys = settings.isEmpty()
                ? List.copyOf(choices.keySet())
                : settings.stream().map(Part::key).toList();
        return new Shape(type, keys, List.copyOf(settings), choices, map, text, constructor(type));
    }

    private static Map<String, Constructor<?>> choices(Class<?> type) {
        Map<String, Constructor<?>> choices = new LinkedHashMap<>();
        if (type.isSealed()) {
            for (Class<?> choice : type.getPermittedSubclasses()) {
                RecordComponent[] components = choice.getRecordComponents();
                if (components.length == 1 && components[0].getName().equals("text")) {
                    choices.put(
                            snake(choice.getSimpleName()), constructor(choice).orElseThrow());
                }
            }
        }
        return choices;
    }

    private static Optional<Constructor<?>> constructor(Class<?> type) {
        // A record of the model has its canonical constructor and no other.
        return type.isRecord() ? Optional.of(type.getDeclaredConstructors()[0]) : Optional.empty();
    }

    static boolean isOptional(Type type) {
        return type == OptionalInt.class
                || (type instanceof ParameterizedType generic && generic.getRawType() == Optional.class);
    }

    static boolean isMap(Type type) {
        return type instanceof ParameterizedType generic && generic.getRawType() == Map.class;
    }

    /** {@code headBytes} and {@code HeadBytes} as {@code head_bytes}: the model's names in YAML. */
    static String snake(String name) {
        StringBuilder snake = new StringBuilder(name.length() + 4);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (Character.isUpperCase(c) && !snake.isEmpty()) {
                snake.append('_');
            }
            snake.append(Character.toLowerCase(c));
        }
        return snake.toString();
    }

    /** The words of an enum in YAML. */
    static Map<String, Object> words(Class<?> type) {
        Map<String, Object> words = new LinkedHashMap<>();
        for (Object constant : type.getEnumConstants()) {
            words.put(((Enum<?>) constant).name().toLowerCase(Locale.ROOT), constant);
        }
        return words;
    }
}
