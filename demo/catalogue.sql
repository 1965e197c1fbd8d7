-- A catalogue of model APIs, which an operator creates for the leaders of two teams: ana
-- (language and speech) and grace (vision, forecasting).
SET search_path = modelapi_acl;
\o /dev/null
SELECT create_user('ana', 'ana@lumen.example', 'Ana Pereira', 'oidc|1001');
SELECT create_user('grace', 'grace@lumen.example', 'Grace Okoye', 'oidc|1002');
SELECT create_user('ben', 'ben@lumen.example', 'Ben Haddad', 'oidc|1003');
SELECT create_user('carla', 'carla@lumen.example', 'Carla Rossi', 'oidc|1004');
SELECT create_user('dmitri', 'dmitri@lumen.example', 'Dmitri Orlov', 'oidc|1005');
SELECT create_user('farah', 'farah@contractor.example', 'Farah Aziz', 'oidc|1006');
SELECT create_user('emeka', 'emeka@elsewhere.example', 'Emeka Obi', 'oidc|1007');

BEGIN;
SELECT set_session_user('grace');
SELECT create_organization('lumen-vision', 'Lumen Research, vision group');
SELECT add_organization_member('lumen-vision', 'carla');
SELECT create_project('vision', 'Images in, labels out');
SELECT create_project('forecasting', 'Time series and tables');
SELECT create_model_api(p.id, m.name, m.description)
FROM projects p JOIN (VALUES
	('vision', 'resnet-50', 'Image classification, ImageNet classes'),
	('vision', 'yolov8n', 'Object detection, small and fast'),
	('vision', 'segment-anything-vit-h', 'Masks for any object in an image'),
	('vision', 'clip-vit-large-patch14', 'Embeddings of images and texts in one space'),
	('vision', 'dinov2-large', 'Features of images without labels'),
	('vision', 'stable-diffusion-xl', 'Images from text'),
	('forecasting', 'chronos-t5-large', 'Forecasts of time series, pretrained'),
	('forecasting', 'timesfm-1.0-200m', 'Forecasts of time series, decoder only'),
	('forecasting', 'xgboost-churn', 'Who is about to leave, from account activity'),
	('forecasting', 'lightgbm-fraud', 'Fraud score of a card payment')
) m (project, name, description) ON m.project = p.name;
COMMIT;

BEGIN;
SELECT set_session_user('ana');
SELECT create_project('language', 'Text in, text or vectors out');
SELECT create_project('speech', 'Sound in, text out, and back');
SELECT create_model_api(p.id, m.name, m.description, 'private', 'restricted', m.mode::invocation_mode)
FROM projects p JOIN (VALUES
	('language', 'all-MiniLM-L6-v2', 'Sentence embeddings, 384 dimensions', 'sync'),
	('language', 'bge-large-en-v1.5', 'Embeddings for retrieval, English', 'sync'),
	('language', 'bert-base-multilingual-sentiment', 'Stars from one to five for a review', 'sync'),
	('language', 'flan-t5-xl', 'Instructions in, text out', 'sync'),
	('language', 'mistral-7b-instruct-v0.3', 'Chat completion', 'sync'),
	('language', 'llama-3.1-8b-instruct', 'Chat completion, long context', 'sync'),
	('language', 'nllb-200-distilled-600M', 'Translation between 200 languages', 'sync'),
	('speech', 'whisper-large-v3', 'Transcription of recordings; takes minutes, so asynchronous', 'async'),
	('speech', 'wav2vec2-base-960h', 'Transcription of short phrases', 'sync'),
	('speech', 'speecht5-tts', 'Speech from text', 'sync')
) m (project, name, description, mode) ON m.project = p.name;
COMMIT;
