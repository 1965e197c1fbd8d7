// JDBC over modelapi_acl, with pgjdbc and Gson:
//	java -cp /usr/share/java/postgresql.jar:/usr/share/java/gson.jar App.java
//
// The header X-User stands for your sign-in: replace it by your own authentication.
// Database: PGHOST, PGPORT, PGUSER, PGDATABASE, of PgBouncer in transaction mode, or of the server.
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.util.*;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.postgresql.util.PSQLException;

public class App {
	static final Gson gson = new GsonBuilder().serializeNulls().create();

	// stringtype=unspecified: the server infers the type of a text: uuid, an enumerated type, a time or
	// jsonb. Otherwise setString() sends varchar, and no function matches.
	// prepareThreshold=0: no named statements, for a pooler in transaction mode.
	static Connection connect() throws SQLException {
		Properties properties = new Properties();
		properties.setProperty("user", System.getenv("PGUSER"));
		properties.setProperty("stringtype", "unspecified");
		properties.setProperty("prepareThreshold", "0");
		return DriverManager.getConnection("jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/"
			+ System.getenv("PGDATABASE"), properties);
	}

	interface Work { Object run(Database database) throws SQLException; }

	// Identity: one transaction for each request. PgBouncer keeps the connections. Without it, use a pool such as HikariCP.
	static Object asUser(String user, Work work) throws SQLException {
		try (Connection connection = connect()) {
			connection.setAutoCommit(false);
			Database database = new Database(connection);
			database.rows("SELECT modelapi_acl.set_session_user(?)", user);
			Object result = work.run(database);
			connection.commit();	// without it closing rolls back
			return result;
		}
	}

	record Database(Connection connection) {
		List<Map<String, Object>> rows(String sql, Object... values) throws SQLException {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				bind(statement, Arrays.asList(values));
				return read(statement.executeQuery());
			}
		}

		Map<String, Object> row(String sql, Object... values) throws SQLException {
			List<Map<String, Object>> found = rows(sql, values);
			return found.isEmpty() ? null : found.get(0);
		}

		// Without the permission an UPDATE changes 0 rows, as for a missing row. This tells the two apart.
		void require(String id, String permission) throws SQLException {
			rows("SELECT modelapi_acl.require_permission(?, ?)", id, permission);
		}

		Map<String, Object> update(String id, JsonObject body) throws SQLException {
			String list = String.join(" = ?, ", columns(body)) + " = ?";
			List<Object> values = values(body);
			values.add(id);
			return row("UPDATE modelapi_acl.model_apis SET " + list + " WHERE id = ? RETURNING *", values.toArray());
		}
	}

	static void bind(PreparedStatement statement, List<Object> values) throws SQLException {
		for (int i = 0; i < values.size(); i++)
			statement.setObject(i + 1, values.get(i));
	}

	static List<Map<String, Object>> read(ResultSet result) throws SQLException {
		List<Map<String, Object>> rows = new ArrayList<>();
		ResultSetMetaData columns = result.getMetaData();
		while (result.next()) {
			Map<String, Object> row = new LinkedHashMap<>();
			for (int i = 1; i <= columns.getColumnCount(); i++) {
				Object value = switch (columns.getColumnTypeName(i)) {
					case "jsonb" -> JsonParser.parseString(result.getString(i));
					case "_text" -> result.getArray(i).getArray();
					case "int4", "int8", "bool" -> result.getObject(i);
					default -> result.getString(i);
				};
				row.put(columns.getColumnName(i), value);
			}
			rows.add(row);
		}
		return rows;
	}

	// ---------- Input: only column names go into a statement's text; values are bound ----------

	static final Set<String> COLUMNS = Set.of("project_id", "name", "description", "visibility", "authorization_mode", "invocation_mode",
		"created_by", "created_at", "updated_at");

	static List<String> columns(JsonObject body) {
		if (!COLUMNS.containsAll(body.keySet()))
			throw new IllegalArgumentException("unknown column");
		return new ArrayList<>(body.keySet());
	}

	static List<Object> values(JsonObject body) {
		return body.entrySet().stream().map(e -> e.getValue().isJsonNull() ? null : e.getValue().getAsString())
			.collect(Collectors.toCollection(ArrayList::new));
	}

	static String insertion(JsonObject body) {
		List<String> columns = columns(body);
		// the database makes the id
		return "INSERT INTO modelapi_acl.model_apis (" + String.join(", ", columns) + ") VALUES ("
			+ String.join(", ", Collections.nCopies(columns.size(), "?")) + ")";
	}

	static String text(JsonObject body, String name, String otherwise) {
		return body.has(name) ? body.get(name).getAsString() : otherwise;
	}

	// ---------- Actions ----------

	static Object list(Database database, Map<String, String> query) throws SQLException {
		Map<String, Object> page = database.row("SELECT count(*) AS total FROM modelapi_acl.model_apis");
		page.put("items", database.rows("SELECT * FROM modelapi_acl.model_apis ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
			Integer.parseInt(query.getOrDefault("limit", "50")), Integer.parseInt(query.getOrDefault("offset", "0"))));
		return page;
	}

	static Object createMany(Database database, JsonElement body) throws SQLException {
		JsonObject first = body.getAsJsonArray().get(0).getAsJsonObject();
		// RETURN_GENERATED_KEYS is RETURNING *
		try (PreparedStatement statement = database.connection().prepareStatement(insertion(first), Statement.RETURN_GENERATED_KEYS)) {
			for (JsonElement values : body.getAsJsonArray()) {
				bind(statement, values(values.getAsJsonObject()));
				statement.addBatch();
			}
			statement.executeBatch();
			return read(statement.getGeneratedKeys());
		}
	}

	static Object find(Database database, String id) throws SQLException {
		Map<String, Object> row = database.row("SELECT * FROM modelapi_acl.model_apis WHERE id = ?", id);
		if (row != null)
			row.putAll(database.row("SELECT modelapi_acl.my_permissions(?)::text[] AS permissions", id));
		return row;
	}

	static Object replace(Database database, String id, JsonObject body) throws SQLException {
		database.require(id, "edit_settings");
		return database.update(id, body);
	}

	static Object change(Database database, String id, JsonObject body) throws SQLException {
		database.require(id, "edit_settings");
		database.row("SELECT id FROM modelapi_acl.model_apis WHERE id = ? FOR UPDATE", id);
		return database.update(id, body);
	}

	static Object setSetting(Database database, String id, String name, JsonElement value) throws SQLException {
		return database.row("""
			INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES (?, ?, ?)
			ON CONFLICT (model_api_id, name) DO UPDATE SET value = excluded.value RETURNING *""", id, name, gson.toJson(value));
	}

	static Object setLevel(Database database, String id, String user, JsonObject body) throws SQLException {
		return database.row("""
			INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES (?, ?, ?)
			ON CONFLICT (user_id, model_api_id) DO UPDATE SET access_level = excluded.access_level RETURNING *""",
			id, user, text(body, "access_level", "viewer"));
	}

	static Object route(Database database, String method, String path, JsonElement body, Map<String, String> query) throws SQLException {
		Matcher found = Pattern.compile("/model-apis(?:/([0-9a-f-]{36}|bulk))?(?:/(settings|collaborators))?(?:/([\\w-]+))?").matcher(path);
		if (!found.matches())
			return null;
		String id = found.group(1), part = found.group(2), key = found.group(3);
		switch (method + (id == null ? "" : id.equals("bulk") ? " bulk" : " one") + (part == null ? "" : " " + part)) {
			case "GET": return list(database, query);
			case "POST": return database.row(insertion(body.getAsJsonObject()) + " RETURNING *", values(body.getAsJsonObject()).toArray());
			case "POST bulk": return createMany(database, body);
			case "GET one": return find(database, id);
			case "PUT one": return replace(database, id, body.getAsJsonObject());
			case "PATCH one": return change(database, id, body.getAsJsonObject());
			case "DELETE one":
				// Override: delete. The extension deletes by a function.
				database.rows("SELECT modelapi_acl.delete_model_api(?)", id);
				return Map.of();
			case "PUT one settings": return setSetting(database, id, key, body);
			case "PUT one collaborators": return setLevel(database, id, key, body.getAsJsonObject());
			case "POST one collaborators":
				database.rows("SELECT modelapi_acl.add_collaborator(?, ?, ?)", id, text(body.getAsJsonObject(), "principal", null),
					text(body.getAsJsonObject(), "access_level", "viewer"));
				return Map.of();
			default: return null;
		}
	}

	// ---------- HTTP, and the HTTP status of database errors ----------

	static int statusOf(String state) {
		if (state == null)
			return 500;
		if (state.startsWith("PT"))
			return Integer.parseInt(state.substring(2));
		if (state.equals("42501"))
			return 403;
		if (state.equals("23505") || state.equals("23503"))
			return 409;
		return state.startsWith("22") || state.startsWith("23") ? 400 : 500;
	}

	static void handle(HttpExchange exchange) throws IOException {
		String method = exchange.getRequestMethod(), path = exchange.getRequestURI().getPath();
		int status = method.equals("POST") ? path.endsWith("/collaborators") ? 204 : 201 : method.equals("DELETE") ? 204 : 200;
		Object content;
		try {
			String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
			JsonElement body = JsonParser.parseString(text);
			String parameters = Objects.requireNonNullElse(exchange.getRequestURI().getQuery(), "");
			Map<String, String> query = Arrays.stream(parameters.split("&")).filter(p -> p.contains("="))
				.collect(Collectors.toMap(p -> p.split("=")[0], p -> p.split("=")[1]));
			content = asUser(exchange.getRequestHeaders().getFirst("X-User"), database -> route(database, method, path, body, query));
			if (content == null) {
				status = 404;
				content = Map.of("message", "not found");
			}
		} catch (SQLException error) {
			status = statusOf(error.getSQLState());
			Map<String, Object> details = new HashMap<>();
			// A batch wraps the server's error.
			Throwable cause = error instanceof BatchUpdateException ? error.getCause() : error;
			if (status < 500 && cause instanceof PSQLException refusal && refusal.getServerErrorMessage() != null) {
				details.put("message", refusal.getServerErrorMessage().getMessage());
				details.put("hint", refusal.getServerErrorMessage().getHint());
			} else {
				error.printStackTrace();
				details.put("message", "something went wrong");
			}
			content = details;
		} catch (IllegalArgumentException | JsonParseException error) {
			status = 400;
			content = Map.of("message", error.getMessage());
		}
		byte[] answer = status == 204 ? new byte[0] : gson.toJson(content).getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
		exchange.getResponseBody().write(answer);
		exchange.close();
	}

	public static void main(String[] arguments) throws IOException {
		int port = Integer.parseInt(Objects.requireNonNullElse(System.getenv("PORT"), "8080"));
		HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 100);
		server.setExecutor(Executors.newFixedThreadPool(20));
		server.createContext("/", App::handle);
		server.start();
	}
}
