# ActiveRecord over modelapi_acl.
#
# The header X-User stands for your sign-in: replace it by your own authentication.
# Database: PGHOST, PGPORT, PGUSER, PGDATABASE, of PgBouncer in transaction mode, or of the server.
require 'active_record'
require 'json'
require 'webrick'

ActiveRecord::Base.establish_connection(
  adapter: 'postgresql', pool: 20,
  host: ENV['PGHOST'], port: ENV['PGPORT'], username: ENV['PGUSER'], password: ENV['PGPASSWORD'], database: ENV['PGDATABASE'],
  # With a pooler in transaction mode, the next statement may use another server connection.
  prepared_statements: false, advisory_locks: false
)

# ---------- Models. No migration: the extension makes the tables. ----------

class AclRecord < ActiveRecord::Base
  self.abstract_class = true
  self.partial_writes = false # an UPDATE sends the whole row
  # Override: ids. The database makes them, and no UPDATE may send them. Not needed with partial_writes.
  attr_readonly :id

  # Calls a function of the extension with bound values.
  def self.call(sql, *values)
    connection.execute(sanitize_sql_array([sql, *values]))
  end

  # Without the permission an UPDATE changes 0 rows, and save! does not report it.
  def self.require_permission(id, permission)
    call('SELECT modelapi_acl.require_permission(?, ?)', id, permission)
  end
end

class ModelApi < AclRecord
  self.table_name = 'modelapi_acl.model_apis'
  self.primary_key = 'id'
  # With a prefix: "public" and "private" are methods of Ruby.
  enum visibility: { public: 'public', private: 'private' }, _prefix: true
  enum authorization_mode: { restricted: 'restricted', unrestricted: 'unrestricted' }, _prefix: true
  enum invocation_mode: { sync: 'sync', async: 'async' }, _prefix: true
  has_many :collaborators

  # Override: delete. The extension deletes by a function.
  def destroy
    self.class.call('SELECT modelapi_acl.delete_model_api(?)', id)
    freeze
  end
end

class Collaborator < AclRecord
  self.table_name = 'modelapi_acl.model_api_collaborators'
  self.primary_key = 'id'
  belongs_to :model_api
end

class Setting < AclRecord
  self.table_name = 'modelapi_acl.model_api_settings'
  self.primary_key = nil # of two columns, which comes with ActiveRecord 7.1
end

# ---------- Actions ----------

module Actions
  module_function

  def list(_body, limit: 50, offset: 0)
    { total: ModelApi.count, items: ModelApi.order(created_at: :desc, id: :desc).limit(limit.to_i).offset(offset.to_i) }
  end

  def create(body)
    ModelApi.create!(body).reload # reads created_by and the times, which the database set
  end

  def create_many(body)
    ModelApi.insert_all!(body, returning: '*').to_a
  end

  def find(_body, id)
    permissions = ModelApi.connection.select_value(ModelApi.sanitize_sql_array(['SELECT to_json(modelapi_acl.my_permissions(?))', id]))
    ModelApi.find(id).as_json.merge(permissions: JSON.parse(permissions))
  end

  def replace(body, id)
    ModelApi.require_permission(id, 'edit_settings')
    row = ModelApi.find(id)
    row.update!(body)
    row.reload
  end

  def change(body, id)
    ModelApi.require_permission(id, 'edit_settings')
    row = ModelApi.lock.find(id)
    row.update!(body)
    row
  end

  def delete(_body, id)
    ModelApi.new(id: id).destroy
    nil
  end

  def set_setting(body, id, name)
    Setting.upsert({ model_api_id: id, name: name, value: body, updated_at: Time.now }, unique_by: %i[model_api_id name])
    Setting.find_by!(model_api_id: id, name: name)
  end

  def set_level(body, id, user_id)
    Collaborator.upsert({ model_api_id: id, user_id: user_id, **body }, unique_by: %i[user_id model_api_id])
    Collaborator.find_by!(model_api_id: id, user_id: user_id)
  end

  def share(body, id)
    ModelApi.call('SELECT modelapi_acl.add_collaborator(?, ?, ?)', id, body[:principal], body[:access_level] || 'viewer')
    nil
  end
end

# ---------- Identity, errors, HTTP ----------

ID = '([0-9a-f-]{36})'.freeze
ROUTES = [
  ['GET', '/model-apis', 200, :list],
  ['POST', '/model-apis', 201, :create],
  ['POST', '/model-apis/bulk', 201, :create_many],
  ['GET', "/model-apis/#{ID}", 200, :find],
  ['PUT', "/model-apis/#{ID}", 200, :replace],
  ['PATCH', "/model-apis/#{ID}", 200, :change],
  ['DELETE', "/model-apis/#{ID}", 204, :delete],
  ['PUT', "/model-apis/#{ID}/settings/(\\w+)", 200, :set_setting],
  ['POST', "/model-apis/#{ID}/collaborators", 204, :share],
  ['PUT', "/model-apis/#{ID}/collaborators/#{ID}", 200, :set_level]
].map { |method, path, status, action| [method, /\A#{path}\z/, status, action] }

class Api < WEBrick::HTTPServlet::AbstractServlet
  def service(request, response)
    status, content = handle(request)
    response.status = status
    response['Content-Type'] = 'application/json'
    response.body = status == 204 ? '' : JSON.generate(content.as_json)
  end

  # One transaction for each request, with the user who sent it
  def handle(request)
    ROUTES.each do |method, path, status, action|
      found = request.request_method == method && path.match(request.path)
      next unless found

      body = JSON.parse(request.body, symbolize_names: true) if %w[POST PUT PATCH].include?(method)
      content = AclRecord.connection_pool.with_connection do
        AclRecord.transaction do
          AclRecord.call('SELECT modelapi_acl.set_session_user(?)', request['X-User'])
          # Results, lists too, are read inside the transaction.
          Actions.public_send(action, body, *found.captures, **request.query.transform_keys(&:to_sym).transform_values(&:to_s)).as_json
        end
      end
      return [status, content]
    end
    [404, { message: 'not found' }]
  rescue ActiveRecord::RecordNotFound
    [404, { message: 'not found' }]
  rescue ArgumentError, JSON::ParserError => e # a value that an enum of the model does not have, or no JSON
    [400, { message: e.message }]
  rescue ActiveRecord::StatementInvalid => e
    refusal(e)
  end

  # The cause is the driver's error.
  def refusal(error)
    result = error.cause.result
    status = status_of(result&.error_field(PG::Result::PG_DIAG_SQLSTATE).to_s)
    if status >= 500
      warn error.full_message
      return [status, { message: 'something went wrong' }]
    end
    [status, { message: result.error_field(PG::Result::PG_DIAG_MESSAGE_PRIMARY), hint: result.error_field(PG::Result::PG_DIAG_MESSAGE_HINT) }]
  end

  def status_of(code)
    case code
    when /\APT(\d{3})\z/ then Regexp.last_match(1).to_i
    when '42501' then 403
    when '23505', '23503' then 409
    when /\A(22|23)/ then 400
    else 500
    end
  end
end

server = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: Integer(ENV.fetch('PORT', 8080)),
                                 Logger: WEBrick::Log.new($stderr, WEBrick::Log::WARN), AccessLog: [])
server.mount('/', Api)
trap('TERM') { server.shutdown }
server.start
