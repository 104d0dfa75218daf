"""What the prompt of lesson 02 offers: `make play-02`.

Every name here can be used there. TRY has a line for each task.
"""

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage

from course.fakes.stage import PROMPT, model

chat = [
    SystemMessage("Answer in one sentence."),
    HumanMessage("Is it free?"),
    AIMessage("Yes, for 30 days."),
    HumanMessage("And then?"),
    AIMessage("Then it costs 5 euros."),
]

TRY = {
    "start_chat": 'start_chat("Answer in one sentence.", PROMPT)',
    "render_chat": "print(render_chat([*chat, AIMessageChunk('Any')]))",
    "picture_question": 'picture_question("What is it?", b"12345").content_blocks',
    "save_chat": "save_chat(chat[:2])",
    "chat_turn": "chat_turn(model, chat, PROMPT), len(chat)",
    "edit_question": 'edit_question(chat, 1, "Is it new?")',
    "last_turns": "last_turns(chat, 1)",
}
