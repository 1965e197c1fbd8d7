-- Search as people type: parts of 2,000 names of public models, each with the expected first hit.
\getenv setup PG_ABS_SRCDIR
\set world :setup '/setup/world.sql'
\set names :setup '/setup/model_names.sql'
\set ECHO none
\i :world
\i :names
\set ECHO all
-- the world's own model APIs get other names
BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
INSERT INTO modelapi_acl.model_apis (project_id, name) SELECT test.id('growth'), name FROM test.model_names;
COMMIT;
SELECT count(*) FROM test.model_names;
-- each is a second older than the one before: equal matches come newest first
ALTER TABLE modelapi_acl.model_apis DISABLE TRIGGER USER;
UPDATE modelapi_acl.model_apis m SET created_at = '2025-01-01'::timestamptz - n.number * interval '1 second'
FROM test.model_names n WHERE n.name = m.name;
SELECT count(DISTINCT created_at) FROM modelapi_acl.model_apis m JOIN test.model_names n USING (name);

CREATE TABLE test.typed (place int GENERATED ALWAYS AS IDENTITY, query text, expected text);
INSERT INTO test.typed (query, expected) VALUES
-- the beginning of a name, with its words joined in different ways
('mistral-7b', 'mistralai/Mistral-7B-v0.1'),
('mistral 7b v0.3', 'mistralai/Mistral-7B-v0.3'),
('Llama 3.1', 'meta-llama/Llama-3.1-8B'),
('llama-3.1-70b-in', 'meta-llama/Llama-3.1-70B-Instruct'),
('meta-llama/Llama-3.3', 'meta-llama/Llama-3.3-70B-Instruct'),
('bert-base', 'klue/bert-base'),
('bert base uncased', 'google-bert/bert-base-uncased'),
('bert_large_cased', 'google-bert/bert-large-cased'),
('qwen 2.5 7b', 'Qwen/Qwen2.5-7B'),
('qwen2.5-7b-instruct', 'Qwen/Qwen2.5-7B-Instruct'),
('qwen3', 'Qwen/Qwen3-4B'),
('phi-3', 'microsoft/Phi-3-mini-4k-instruct'),
('phi 4 mini', 'microsoft/Phi-4-mini-instruct'),
('gemma 2 9b it', 'google/gemma-2-9b-it'),
('whisper large v3', 'openai/whisper-large-v3'),
('openai/whisper-s', 'openai/whisper-small'),
('text embedding 3', 'text-embedding-3-small'),
('stable diffusion xl base 1.0', 'stabilityai/stable-diffusion-xl-base-1.0'),
('all-MiniLM-L6-v2', 'sentence-transformers/all-MiniLM-L6-v2'),
('bge m3', 'BAAI/bge-m3'),
('e5 large', 'intfloat/e5-large'),
('nllb 200 3.3b', 'facebook/nllb-200-3.3B'),
('opus-mt-de-en', 'Helsinki-NLP/opus-mt-de-en'),
('flan t5 xl', 'google/flan-t5-xl'),
('falcon-180', 'tiiuae/falcon-180B'),
('mixtral 8x7b', 'mistralai/Mixtral-8x7B-v0.1'),
-- a whole name before longer ones
('gpt-4', 'gpt-4'),
('GPT 4o', 'gpt-4o'),
('o3', 'o3'),
('yolov8n', 'yolov8n'),
('DeepSeek-R1', 'deepseek-ai/DeepSeek-R1'),
-- numbers and letters, with and without a separator
('gpt4o mini', 'gpt-4o-mini'),
('resnet50', 'microsoft/resnet-50'),
('yolo v10s', 'yolov10s'),
('yolo 11', 'Ultralytics/YOLO11'),
('3.1', 'meta-llama/Llama-3.1-8B'),
('405b', 'meta-llama/Llama-3.1-405B'),
('2411', 'mistralai/Mistral-Large-Instruct-2411'),
-- one word written as two, and the reverse
('code llama 34b', 'codellama/CodeLlama-34b-hf'),
('deep seek r1', 'deepseek-ai/DeepSeek-R1'),
('stablediffusion', 'stabilityai/stable-diffusion-2'),
('open hermes', 'teknium/OpenHermes-13B'),
-- the beginning of a word, and words from the middle in any order
('llam', 'huggyllama/llama-7b'),
('koko', 'hexgrad/Kokoro-82M'),
('32b distill r1', 'deepseek-ai/DeepSeek-R1-Distill-Qwen-32B'),
('whisper turbo', 'openai/whisper-large-v3-turbo'),
('instruct 405b', 'meta-llama/Llama-3.1-405B-Instruct'),
('speaker diar', 'pyannote/speaker-diarization'),
('qwen 72b awq', 'Qwen/Qwen1.5-72B-Chat-AWQ'),
-- other scripts, and accents
('通义', '通义万相'),
('千问-7b', '通义千问-7B'),
('语音识别', '星火语音识别'),
('日本語', '日本語BERT'),
('めたん', '四国めたん'),
('음성', '한국어 음성인식'),
('гигачат', 'ГигаЧат'),
('sabia 7b', 'Sabiá-7B'),
('GERVÁSIO ptpt', 'Gervásio-7B-PTPT'),
-- the operators of web search
('"bert base" japanese -char', 'tohoku-nlp/bert-base-japanese'),
('mistral nemo -base -mini', 'mistralai/Mistral-Nemo-Instruct-2407'),
('kokoro or zephyr -alpha', 'hexgrad/Kokoro-82M');

BEGIN;
SELECT modelapi_acl.set_session_user('founder') \g /dev/null
SELECT count(*) AS queries, count(*) FILTER (WHERE found = expected) AS right
FROM test.typed CROSS JOIN LATERAL (SELECT (SELECT name FROM modelapi_acl.search_model_apis(query) LIMIT 1) AS found OFFSET 0) f;
SELECT query, expected, found
FROM test.typed CROSS JOIN LATERAL (SELECT (SELECT name FROM modelapi_acl.search_model_apis(query) LIMIT 1) AS found OFFSET 0) f
WHERE found IS DISTINCT FROM expected ORDER BY place;

-- A name is found while it is typed, from two characters on
SELECT count(*) AS typed, count(*) FILTER (WHERE NOT found) AS missed
FROM (SELECT name, row_number() OVER (ORDER BY name COLLATE "C") AS n FROM test.model_names) m
	CROSS JOIN LATERAL generate_series(2, length(name)) AS typed (length)
	CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM modelapi_acl.search_model_apis(left(m.name, typed.length)) s WHERE s.name = m.name) AS found OFFSET 0) f
WHERE n % 40 = 0;

-- Each full name finds itself first
SELECT m.name, found
FROM (SELECT name, row_number() OVER (ORDER BY name COLLATE "C") AS n FROM test.model_names) m
	CROSS JOIN LATERAL (SELECT (SELECT name FROM modelapi_acl.search_model_apis(m.name) LIMIT 1) AS found OFFSET 0) f
WHERE n % 4 = 0 AND found IS DISTINCT FROM m.name;
COMMIT;
