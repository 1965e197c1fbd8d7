// pgx over modelapi_acl. With Debian's packages, which are in a GOPATH:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -o app .
//
// It is written for pgx 4. pgx 5 has another name for the statement cache (see below), and includes pgconn.
//
// The header X-User stands for your sign-in: replace it by your own authentication.
// Database: PGHOST, PGPORT, PGUSER, PGDATABASE, of PgBouncer in transaction mode, or of the server.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgconn"
	"github.com/jackc/pgconn/stmtcache"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

type ModelApi struct {
	ID                string    `json:"id"`
	ProjectID         string    `json:"project_id"`
	Name              string    `json:"name"`
	Description       *string   `json:"description"`
	Visibility        string    `json:"visibility"`
	AuthorizationMode string    `json:"authorization_mode"`
	InvocationMode    string    `json:"invocation_mode"`
	CreatedBy         *string   `json:"created_by"`
	CreatedAt         time.Time `json:"created_at"`
	UpdatedAt         time.Time `json:"updated_at"`
	Permissions       []string  `json:"permissions,omitempty"`
}

const columns = "id, project_id, name, description, visibility, authorization_mode, invocation_mode, created_by, created_at, updated_at"

func scan(row pgx.Row) (*ModelApi, error) {
	var m ModelApi
	err := row.Scan(&m.ID, &m.ProjectID, &m.Name, &m.Description, &m.Visibility, &m.AuthorizationMode, &m.InvocationMode,
		&m.CreatedBy, &m.CreatedAt, &m.UpdatedAt)
	return &m, err
}

// Input. Only column names go into a statement's text; values are bound.
type values map[string]interface{}

func (v values) split() (names []string, arguments []interface{}, err error) {
	for name := range v {
		// the database makes the id
		if name == "id" || !strings.Contains(" "+columns+",", " "+name+",") {
			return nil, nil, badRequest("unknown column " + name)
		}
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		arguments = append(arguments, v[name])
	}
	return
}

type badRequest string

func (b badRequest) Error() string { return string(b) }

// ---------- Actions, in a transaction in which the user is stated ----------

type request struct {
	context.Context
	pgx.Tx
	*http.Request
	id, key string
}

func (r request) body(target interface{}) error {
	if err := json.NewDecoder(r.Request.Body).Decode(target); err != nil {
		return badRequest(err.Error())
	}
	return nil
}

func (r request) call(sql string, arguments ...interface{}) error {
	_, err := r.Exec(r, sql, arguments...)
	return err
}

// Without the permission an UPDATE changes 0 rows, as for a missing row. This tells the two apart.
func (r request) require(permission string) error {
	return r.call("SELECT modelapi_acl.require_permission($1, $2)", r.id, permission)
}

func (r request) parameter(name string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil {
		return n
	}
	return otherwise
}

func list(r request) (interface{}, error) {
	page := struct {
		Total int         `json:"total"`
		Items []*ModelApi `json:"items"`
	}{Items: []*ModelApi{}}
	if err := r.QueryRow(r, "SELECT count(*) FROM modelapi_acl.model_apis").Scan(&page.Total); err != nil {
		return nil, err
	}
	rows, err := r.Query(r, "SELECT "+columns+" FROM modelapi_acl.model_apis ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2",
		r.parameter("limit", 50), r.parameter("offset", 0))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scan(rows)
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, m)
	}
	return page, rows.Err()
}

func insertion(v values) (string, []interface{}, error) {
	names, arguments, err := v.split()
	places := make([]string, len(names))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	return "INSERT INTO modelapi_acl.model_apis (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(places, ", ") +
		") RETURNING " + columns, arguments, err
}

func create(r request) (interface{}, error) {
	var v values
	if err := r.body(&v); err != nil {
		return nil, err
	}
	sql, arguments, err := insertion(v)
	if err != nil {
		return nil, err
	}
	return scan(r.QueryRow(r, sql, arguments...))
}

// A batch: CopyFrom is COPY FROM, which PostgreSQL refuses on tables with row-level security
func createMany(r request) (interface{}, error) {
	var all []values
	if err := r.body(&all); err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	for _, v := range all {
		sql, arguments, err := insertion(v)
		if err != nil {
			return nil, err
		}
		batch.Queue(sql, arguments...)
	}
	results := r.SendBatch(r, batch)
	defer results.Close()
	made := []*ModelApi{}
	for range all {
		m, err := scan(results.QueryRow())
		if err != nil {
			return nil, err
		}
		made = append(made, m)
	}
	return made, results.Close()
}

func find(r request) (interface{}, error) {
	m, err := scan(r.QueryRow(r, "SELECT "+columns+" FROM modelapi_acl.model_apis WHERE id = $1", r.id))
	if err != nil {
		return nil, err
	}
	// pgx does not know arrays of an enumerated type: cast it to text[].
	return m, r.QueryRow(r, "SELECT modelapi_acl.my_permissions($1)::text[]", r.id).Scan(&m.Permissions)
}

func replace(r request) (interface{}, error) {
	if err := r.require("edit_settings"); err != nil {
		return nil, err
	}
	var v values
	if err := r.body(&v); err != nil {
		return nil, err
	}
	names, arguments, err := v.split()
	if err != nil {
		return nil, err
	}
	for i := range names {
		names[i] += fmt.Sprintf(" = $%d", i+2)
	}
	return scan(r.QueryRow(r, "UPDATE modelapi_acl.model_apis SET "+strings.Join(names, ", ")+" WHERE id = $1 RETURNING "+columns,
		append([]interface{}{r.id}, arguments...)...))
}

func change(r request) (interface{}, error) {
	if err := r.require("edit_settings"); err != nil {
		return nil, err
	}
	if err := r.call("SELECT id FROM modelapi_acl.model_apis WHERE id = $1 FOR UPDATE", r.id); err != nil {
		return nil, err
	}
	return replace(r)
}

// Override: delete. The extension deletes by a function.
func remove(r request) (interface{}, error) {
	return nil, r.call("SELECT modelapi_acl.delete_model_api($1)", r.id)
}

func setSetting(r request) (interface{}, error) {
	var value json.RawMessage
	if err := r.body(&value); err != nil {
		return nil, err
	}
	return value, r.call(`INSERT INTO modelapi_acl.model_api_settings (model_api_id, name, value) VALUES ($1, $2, $3)
		ON CONFLICT (model_api_id, name) DO UPDATE SET value = excluded.value`, r.id, r.key, string(value))
}

type grant struct {
	Principal   string  `json:"principal,omitempty"`
	AccessLevel string  `json:"access_level"`
	GrantedBy   *string `json:"granted_by,omitempty"`
}

func setLevel(r request) (interface{}, error) {
	var g grant
	if err := r.body(&g); err != nil {
		return nil, err
	}
	return &g, r.QueryRow(r, `INSERT INTO modelapi_acl.model_api_collaborators (model_api_id, user_id, access_level) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, model_api_id) DO UPDATE SET access_level = excluded.access_level
		RETURNING access_level, granted_by`, r.id, r.key, g.AccessLevel).Scan(&g.AccessLevel, &g.GrantedBy)
}

func share(r request) (interface{}, error) {
	g := grant{AccessLevel: "viewer"}
	if err := r.body(&g); err != nil {
		return nil, err
	}
	return nil, r.call("SELECT modelapi_acl.add_collaborator($1, $2, $3)", r.id, g.Principal, g.AccessLevel)
}

// ---------- Identity, errors, HTTP ----------

var id = "([0-9a-f-]{36})"

var routes = []struct {
	method string
	path   *regexp.Regexp
	status int
	handle func(request) (interface{}, error)
}{
	{"GET", regexp.MustCompile("^/model-apis$"), 200, list},
	{"POST", regexp.MustCompile("^/model-apis$"), 201, create},
	{"POST", regexp.MustCompile("^/model-apis/bulk$"), 201, createMany},
	{"GET", regexp.MustCompile("^/model-apis/" + id + "$"), 200, find},
	{"PUT", regexp.MustCompile("^/model-apis/" + id + "$"), 200, replace},
	{"PATCH", regexp.MustCompile("^/model-apis/" + id + "$"), 200, change},
	{"DELETE", regexp.MustCompile("^/model-apis/" + id + "$"), 204, remove},
	{"PUT", regexp.MustCompile("^/model-apis/" + id + `/settings/(\w+)$`), 200, setSetting},
	{"POST", regexp.MustCompile("^/model-apis/" + id + "/collaborators$"), 204, share},
	{"PUT", regexp.MustCompile("^/model-apis/" + id + "/collaborators/" + id + "$"), 200, setLevel},
}

// asUser runs work in one transaction as the user; nil means nobody
func asUser(pool *pgxpool.Pool, r *http.Request, user *string, work func(pgx.Tx) error) error {
	return pool.BeginFunc(r.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(r.Context(), "SELECT modelapi_acl.set_session_user($1)", user); err != nil {
			return err
		}
		return work(tx)
	})
}

func statusOf(code string) int {
	switch {
	case strings.HasPrefix(code, "PT"):
		status, _ := strconv.Atoi(code[2:])
		return status
	case code == "42501":
		return http.StatusForbidden
	case code == "23505" || code == "23503":
		return http.StatusConflict
	case strings.HasPrefix(code, "22") || strings.HasPrefix(code, "23"):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

func refusal(err error) (int, interface{}) {
	var serverError *pgconn.PgError
	var bad badRequest
	if errors.Is(err, pgx.ErrNoRows) {
		return http.StatusNotFound, answer{"message": "not found"}
	}
	if errors.As(err, &bad) {
		return http.StatusBadRequest, answer{"message": bad.Error()}
	}
	if errors.As(err, &serverError) && statusOf(serverError.Code) < 500 {
		return statusOf(serverError.Code), answer{"message": serverError.Message, "hint": serverError.Hint}
	}
	log.Print(err)
	return http.StatusInternalServerError, answer{"message": "something went wrong"}
}

type answer map[string]string

func main() {
	// reads PGHOST and so on itself
	config, err := pgxpool.ParseConfig("pool_max_conns=20")
	if err != nil {
		log.Fatal(err)
	}
	// No named statements, for a pooler in transaction mode; in pgx 5: DefaultQueryExecMode = QueryExecModeCacheDescribe
	config.ConnConfig.BuildStatementCache = func(conn *pgconn.PgConn) stmtcache.Cache {
		return stmtcache.New(conn, stmtcache.ModeDescribe, 512)
	}
	pool, err := pgxpool.ConnectConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		status, content := http.StatusNotFound, interface{}(answer{"message": "not found"})
		for _, route := range routes {
			found := append(route.path.FindStringSubmatch(r.URL.Path), "", "")
			if r.Method != route.method || found[0] == "" {
				continue
			}
			var user *string
			if name := r.Header.Get("X-User"); name != "" {
				user = &name
			}
			status = route.status
			err := asUser(pool, r, user, func(tx pgx.Tx) (err error) {
				content, err = route.handle(request{r.Context(), tx, r, found[1], found[2]})
				return
			})
			if err != nil {
				status, content = refusal(err)
			}
			break
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if status != http.StatusNoContent {
			json.NewEncoder(w).Encode(content)
		}
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
